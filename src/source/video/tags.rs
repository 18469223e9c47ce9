//! What a picture says of its colours, and what is made of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ffmpeg_the_third as ffmpeg;

use ffmpeg::color::{Primaries, Range, Space, TransferCharacteristic as Transfer};
use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;

use super::settings::YuvMatrix;
use crate::pixels::colour::{Colours, Gamut, TransferCurve};

impl YuvMatrix {
    /// The name that libav uses.
    pub(super) fn name(self) -> &'static str {
        match self {
            YuvMatrix::Bt601 => "bt601",
            YuvMatrix::Bt709 => "bt709",
        }
    }
}

/// The colour tags of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) space: Space,
    pub(super) range: Range,
    primaries: Primaries,
    transfer: Transfer,
    /// Numbers that no standard gives a meaning to.
    nonsense: bool,
}

impl Tags {
    /// Reads the tags. The wrapper panics at numbers that it does not know, which some decoders hand on from the file.
    pub(super) fn of(picture: &Video) -> Tags {
        let read = || Tags {
            space: picture.color_space(),
            range: picture.color_range(),
            primaries: picture.color_primaries(),
            transfer: picture.color_transfer_characteristic(),
            nonsense: false,
        };
        catch_unwind(AssertUnwindSafe(read)).unwrap_or(Tags {
            space: Space::Unspecified,
            range: Range::Unspecified,
            primaries: Primaries::Unspecified,
            transfer: Transfer::Unspecified,
            nonsense: true,
        })
    }

    /// What the values stand for.
    pub(super) fn colours(&self, format: Pixel) -> Colours {
        // libav makes sRGB of these by itself.
        if matches!(format, Pixel::XYZ12LE | Pixel::XYZ12BE) {
            return Colours::SRGB;
        }
        let curve = self.curve().unwrap_or(TransferCurve::Srgb);
        let gamut = match self.primaries {
            Primaries::Unspecified if curve.is_hdr() => Gamut::Bt2020,
            _ => self.gamut().unwrap_or(Gamut::Srgb),
        };
        Colours { gamut, curve }
    }

    /// `None` for those that are not known, or have another meaning in files than in their standard.
    fn gamut(&self) -> Option<Gamut> {
        match self.primaries {
            Primaries::BT2020 => Some(Gamut::Bt2020),
            Primaries::SMPTE432 => Some(Gamut::DisplayP3),
            Primaries::SMPTE431 => Some(Gamut::DciP3),
            Primaries::Film => Some(Gamut::Film),
            Primaries::BT709 | Primaries::Unspecified | Primaries::Reserved | Primaries::Reserved0 => Some(Gamut::Srgb),
            Primaries::BT470BG | Primaries::SMPTE170M | Primaries::SMPTE240M | Primaries::EBU3213 => Some(Gamut::Srgb),
            // BT.470 M is written for NTSC by habit, though nothing has been filmed in it since 1953; XYZ is for cinemas.
            _ => None,
        }
    }

    fn curve(&self) -> Option<TransferCurve> {
        match self.transfer {
            Transfer::SMPTE2084 => Some(TransferCurve::Pq),
            Transfer::ARIB_STD_B67 => Some(TransferCurve::Hlg),
            Transfer::Linear => Some(TransferCurve::Linear),
            Transfer::Log => Some(TransferCurve::Log),
            Transfer::LogSqrt => Some(TransferCurve::LogSqrt),
            Transfer::SMPTE428 => Some(TransferCurve::Dci),
            // With the primaries of PAL or NTSC these are their habitual names for what cameras do.
            Transfer::GAMMA28 if self.primaries == Primaries::BT470BG => Some(TransferCurve::Srgb),
            Transfer::GAMMA22 if self.primaries == Primaries::BT470M => Some(TransferCurve::Srgb),
            Transfer::GAMMA22 => Some(TransferCurve::Gamma22),
            Transfer::GAMMA28 => Some(TransferCurve::Gamma28),
            Transfer::BT709 | Transfer::SMPTE170M | Transfer::SMPTE240M | Transfer::BT2020_10 => {
                Some(TransferCurve::Srgb)
            }
            Transfer::BT2020_12 | Transfer::IEC61966_2_1 => Some(TransferCurve::Srgb),
            Transfer::IEC61966_2_4 | Transfer::BT1361_ECG => Some(TransferCurve::Srgb),
            Transfer::Unspecified | Transfer::Reserved | Transfer::Reserved0 => Some(TransferCurve::Srgb),
            #[allow(unreachable_patterns, reason = "newer versions of libav know more")]
            _ => None,
        }
    }

    /// The matrix by the name that libav has for it; `None` for codings that are no such matrix.
    pub(super) fn matrix(&self, untagged: YuvMatrix) -> Option<&'static str> {
        match self.space {
            Space::BT709 => Some("bt709"),
            Space::BT470BG | Space::SMPTE170M => Some("bt601"),
            Space::BT2020NCL => Some("bt2020"),
            Space::SMPTE240M => Some("smpte240m"),
            Space::FCC => Some("fcc"),
            Space::Unspecified if self.primaries == Primaries::BT2020 => Some("bt2020"),
            Space::Unspecified | Space::Reserved | Space::RGB => Some(untagged.name()),
            _ => None,
        }
    }

    /// What was done, or could not be done, as the end of a sentence that begins with the file's name.
    pub(super) fn note(&self, format: Pixel) -> Option<String> {
        if self.nonsense {
            return Some("says of its colours what no standard knows: taken as if it said nothing".to_owned());
        }
        let colours = self.colours(format);
        let strange = [
            self.matrix(YuvMatrix::Bt601).is_none().then(|| self.space.name()).flatten(),
            self.gamut().is_none().then(|| self.primaries.name()).flatten(),
            self.curve().is_none().then(|| self.transfer.name()).flatten(),
        ];
        let strange: Vec<&str> = strange.into_iter().flatten().collect();
        if !strange.is_empty() && format != Pixel::XYZ12LE {
            let names = strange.join(", ");
            return Some(format!("has colours of a kind that is not converted ({names}): they may be wrong"));
        }
        colours.name().map(|name| format!("is {name}: converted to sRGB"))
    }
}
