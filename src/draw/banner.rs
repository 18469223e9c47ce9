//! A sentence across the top of the picture: that it cannot be judged, or a note to the viewer.

use image::{Rgb, RgbImage};

use super::area::{Area, plate};
use super::font::Weight;
use super::text::TextStyle;

/// The colours of a banner.
#[derive(Clone, Copy)]
pub(super) struct BannerColours {
    ground: Rgb<u8>,
    ink: Rgb<u8>,
}

/// For a picture that cannot be judged.
pub(super) const WARNING: BannerColours = BannerColours { ground: Rgb([240, 228, 66]), ink: Rgb([0, 0, 0]) };
/// For notes.
pub(super) const PLAIN: BannerColours = BannerColours { ground: Rgb([20, 24, 28]), ink: Rgb([255, 255, 255]) };

/// The banner's words for a picture that cannot be judged: they always say "not assessable".
pub(super) fn words(sentence: &str) -> String {
    if sentence.to_lowercase().contains("not assessable") {
        sentence.to_owned()
    } else {
        format!("Not assessable: {sentence}")
    }
}

/// Paints the sentence at the top of `room`, in several lines if need be, and returns the room that is left below.
/// A sentence that would take more than half of the room is left out.
pub(super) fn paint(image: &mut RgbImage, room: Area, sentence: &str, colours: BannerColours) -> Area {
    let BannerColours { ground, ink } = colours;
    let kind = TextStyle::for_picture(image.dimensions().into(), Weight::Bold);
    let margin = (kind.px * 0.5) as i64;
    let Some(lines) = kind.wrap(sentence, room.w - 2 * margin) else { return room };
    let (_, line_height) = kind.measure("");
    let height = lines.len() as i64 * line_height + margin;
    if lines.is_empty() || height > room.h / 2 {
        return room;
    }
    plate(image, Area { h: height, ..room }, 0.0, ground, 0.88);
    for (number, line) in lines.iter().enumerate() {
        let at = (room.x + margin, room.y + margin / 2 + number as i64 * line_height);
        kind.write(image, at, ink, line);
    }
    Area { y: room.y + height, h: room.h - height, ..room }
}
