//! A libavfilter chain for single pictures: conversions of format, colour matrix, size and orientation.
//!
//! The wrapper of swscale does not expose colour matrix and range, and its context cannot move between threads;
//! the `scale` filter does both, in safe code.

use ffmpeg_the_third as ffmpeg;

use ffmpeg::filter::Graph;
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;

use crate::geometry::Size;

/// A chain of filters that makes one picture out of each picture, at once or after the next ones.
pub struct Chain {
    graph: Graph,
}

impl Chain {
    /// A chain for pictures of one pixel format and size. `spec` is in ffmpeg's filter syntax, for example
    /// `scale=in_color_matrix=bt709,format=rgb24`.
    pub fn new(format: Pixel, size: Size, spec: &str) -> Result<Chain, ffmpeg::Error> {
        let name = format.descriptor().ok_or(ffmpeg::Error::InvalidData)?.name();
        // The time base is that of no picture: times do not travel through the chain.
        let args = format!("video_size={size}:pix_fmt={name}:time_base=1/1000:pixel_aspect=1/1");
        let mut graph = Graph::new();
        let source = ffmpeg::filter::find("buffer").ok_or(ffmpeg::Error::FilterNotFound)?;
        let sink = ffmpeg::filter::find("buffersink").ok_or(ffmpeg::Error::FilterNotFound)?;
        graph.add(&source, "in", &args)?;
        graph.add(&sink, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(spec)?;
        graph.validate()?;
        Ok(Chain { graph })
    }

    /// Sends a picture through filters that put out one picture for each one at once. The chain takes the pixels out of `picture` (it is
    /// empty afterwards).
    pub fn run(&mut self, picture: &mut Video) -> Result<Video, ffmpeg::Error> {
        self.put(picture)?;
        self.take()?.ok_or(ffmpeg::Error::Bug)
    }

    /// Hands a picture to filters that may hold some back. The chain takes the pixels out of `picture` (it is empty afterwards).
    pub fn put(&mut self, picture: &mut Video) -> Result<(), ffmpeg::Error> {
        picture.set_pts(None);
        self.graph.get("in").ok_or(ffmpeg::Error::Bug)?.source().add(picture)
    }

    /// Says that no more pictures come: those that are held back become ready.
    pub fn end(&mut self) -> Result<(), ffmpeg::Error> {
        self.graph.get("in").ok_or(ffmpeg::Error::Bug)?.source().flush()
    }

    /// The next picture that is ready; `None` when there is none yet, or none any more.
    pub fn take(&mut self) -> Result<Option<Video>, ffmpeg::Error> {
        let mut made = Video::empty();
        match self.graph.get("out").ok_or(ffmpeg::Error::Bug)?.sink().frame(&mut made) {
            Ok(()) => Ok(Some(made)),
            // An error of the system's: that it is to be asked again later.
            Err(ffmpeg::Error::Eof | ffmpeg::Error::Other { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_converts_every_picture_it_is_given() {
        let mut chain = Chain::new(Pixel::RGB24, Size { width: 4, height: 2 }, "scale=8:4,format=gray").unwrap();
        for _ in 0..3 {
            let mut picture = Video::new(Pixel::RGB24, 4, 2);
            picture.data_mut(0).fill(255);
            let made = chain.run(&mut picture).unwrap();
            assert_eq!((made.width(), made.height(), made.format()), (8, 4, Pixel::GRAY8));
            assert!(made.data(0)[0] >= 234);
        }
    }

    #[test]
    fn a_chain_of_nonsense_is_an_error() {
        assert!(Chain::new(Pixel::RGB24, Size { width: 4, height: 2 }, "no_such_filter").is_err());
        assert!(Chain::new(Pixel::None, Size { width: 4, height: 2 }, "null").is_err());
    }
}
