//! What can be wrong with the bytes that a camera delivers.

/// Why the bytes are not a picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Fewer bytes than the picture has.
    #[error("the picture needs {needed} bytes, the camera delivered {got}")]
    Short {
        /// Bytes needed.
        needed: usize,
        /// Bytes delivered.
        got: usize,
    },
    /// A compressed layout was taken for an uncompressed one.
    #[error("the picture is compressed")]
    NotRaw,
    /// The JPEG breaks off or its structure is broken.
    #[error("the JPEG {0}")]
    Structure(&'static str),
    /// The JPEG has far more pixels than the camera agreed on.
    #[error("the JPEG claims to be {width}x{height}")]
    Size {
        /// Width claimed, px.
        width: u32,
        /// Height claimed, px.
        height: u32,
    },
    /// The JPEG cannot be decoded.
    #[error("the JPEG cannot be decoded: {0}")]
    Jpeg(#[from] image::ImageError),
}
