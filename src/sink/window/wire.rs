//! What the program and the process of its window say to each other: pictures one way, keys and news the other. Both are the same program,
//! but either may be cut off at any byte, so sizes are checked before memory is taken.

use std::io::{self, Read, Write};

use image::RgbImage;

use super::Action;
use crate::geometry::Size;

/// Begins every picture.
const MARK: [u8; 4] = *b"lsp1";

/// Longest side of a picture, px: no screen is larger.
const LARGEST: u32 = 16_384;

/// Longest sentence, bytes.
const LONGEST: u32 = 1 << 16;

/// What the window's process says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// There is no window; the sentence says why.
    Refused(String),
    /// The window is open, or was resized, and has this many pixels.
    Size(Size),
    /// The picture sent last is shown.
    Shown,
    /// A key asks for this; `Quit` also when the viewer closed the window.
    Asked(Action),
}

/// Sends a picture.
pub(super) fn send_picture(mut to: impl Write, picture: &RgbImage) -> io::Result<()> {
    let mut head = [0; 12];
    let (width, height) = picture.dimensions();
    for (to, from) in head.chunks_exact_mut(4).zip([MARK, width.to_le_bytes(), height.to_le_bytes()]) {
        to.copy_from_slice(&from);
    }
    to.write_all(&head)?;
    to.write_all(picture.as_raw())
}

/// The next picture, `None` at the end; `spare` is one whose memory may be used again.
pub(super) fn next_picture(mut from: impl Read, spare: Option<RgbImage>) -> io::Result<Option<RgbImage>> {
    let [mut mark, mut width, mut height] = [[0; 4]; 3];
    match from.read_exact(&mut mark) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    from.read_exact(&mut width)?;
    from.read_exact(&mut height)?;
    let (width, height) = (u32::from_le_bytes(width), u32::from_le_bytes(height));
    if mark != MARK || !(1..=LARGEST).contains(&width) || !(1..=LARGEST).contains(&height) {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut pixels = spare.map(RgbImage::into_raw).unwrap_or_default();
    pixels.resize(width as usize * height as usize * 3, 0);
    from.read_exact(&mut pixels)?;
    Ok(RgbImage::from_raw(width, height, pixels))
}

/// Sends news.
pub(super) fn send_news(mut to: impl Write, news: &News) -> io::Result<()> {
    let (kind, first, second, text) = match news {
        News::Refused(sentence) => (1, (sentence.len() as u32).min(LONGEST), 0, sentence.as_str()),
        News::Size(Size { width, height }) => (2, *width, *height, ""),
        News::Shown => (3, 0, 0, ""),
        News::Asked(action) => (4, Action::ALL.iter().position(|known| known == action).unwrap_or(0) as u32, 0, ""),
    };
    let mut bytes: Vec<u8> = [kind, first, second].into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.extend(text.bytes().take(LONGEST as usize));
    to.write_all(&bytes)
}

/// The next news, `None` at the end.
pub(super) fn next_news(mut from: impl Read) -> io::Result<Option<News>> {
    let mut numbers = [0; 3];
    for number in &mut numbers {
        let mut bytes = [0; 4];
        match from.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            result => result?,
        }
        *number = u32::from_le_bytes(bytes);
    }
    let [kind, first, second] = numbers;
    let unknown = || io::Error::from(io::ErrorKind::InvalidData);
    Ok(Some(match kind {
        1 if first <= LONGEST => {
            let mut text = vec![0; first as usize];
            from.read_exact(&mut text)?;
            News::Refused(String::from_utf8_lossy(&text).into_owned())
        }
        2 => News::Size(Size { width: first, height: second }),
        3 => News::Shown,
        4 => News::Asked(*Action::ALL.get(first as usize).ok_or_else(unknown)?),
        _ => return Err(unknown()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_sent_arrives() {
        let news =
            [News::Refused("no screen: é".to_owned()), News::Size(Size { width: 1280, height: 720 }), News::Shown];
        let mut sent = Vec::new();
        let all = news.into_iter().chain(Action::ALL.map(News::Asked)).collect::<Vec<_>>();
        all.iter().for_each(|news| send_news(&mut sent, news).unwrap());
        let mut from = sent.as_slice();
        let heard: Vec<_> = std::iter::from_fn(|| next_news(&mut from).unwrap()).collect();
        assert_eq!(heard, all);

        let pictures = [RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8, y as u8, 7])), RgbImage::new(2, 2)];
        let mut sent = Vec::new();
        pictures.iter().for_each(|picture| send_picture(&mut sent, picture).unwrap());
        let mut from = sent.as_slice();
        let mut spare = None;
        for picture in &pictures {
            spare = next_picture(&mut from, spare).unwrap();
            assert_eq!(spare.as_ref(), Some(picture));
        }
        assert_eq!(next_picture(from, None).unwrap(), None);
    }

    #[test]
    fn pictures_that_no_screen_could_show_are_refused_before_memory_is_taken() {
        for (width, height) in [(0, 5), (5, 0), (LARGEST + 1, 1), (u32::MAX, u32::MAX)] {
            let bytes = [MARK, width.to_le_bytes(), height.to_le_bytes()].concat();
            assert_eq!(next_picture(bytes.as_slice(), None).unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        let cut = [MARK, 1u32.to_le_bytes(), 1u32.to_le_bytes()].concat();
        assert!(next_picture(cut.as_slice(), None).is_err());
    }

    proptest! {
        #[test]
        fn noise_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            next_news(bytes.as_slice()).ok();
            next_picture(bytes.as_slice(), None).ok();
        }
    }
}
