//! Interlaced film: two half pictures of different times lie in one; libavfilter fills each up.

use std::collections::VecDeque;

use ffmpeg_the_third as ffmpeg;

use ffmpeg::format::Pixel;
use ffmpeg::frame::Video;

use crate::geometry::Size;
use crate::pixels::chain::Chain;

/// The filters that do it, best first.
const FILTERS: [&str; 2] = ["bwdif", "yadif"];

/// Puts interlaced pictures together: one picture out for each one in. Nothing is held back before the first interlaced one; from then on
/// one picture is, because the filter looks at the one after it. Pictures that are not interlaced stay what they are.
#[derive(Default)]
pub(super) struct Fields {
    chain: Option<((Pixel, Size), Chain)>,
    ready: VecDeque<Video>,
    /// What was done, once there was something to do.
    note: Option<String>,
}

impl Fields {
    /// Takes the next picture. `announced`: the container says that the film is interlaced.
    pub(super) fn put(&mut self, mut picture: Video, announced: bool) {
        if self.chain.is_none() && !announced && !picture.is_interlaced() {
            self.ready.push_back(picture);
            return;
        }
        let kind = (picture.format(), Size { width: picture.width(), height: picture.height() });
        if self.chain.as_ref().is_some_and(|(old, _)| *old != kind) {
            self.finish();
        }
        if self.chain.is_none() {
            self.chain = self.start(kind.0, kind.1).map(|chain| (kind, chain));
        }
        let Some((_, chain)) = &mut self.chain else {
            self.ready.push_back(picture);
            return;
        };
        // A picture that the filter refuses is lost; the decoder gives none that it would refuse.
        chain.put(&mut picture).ok();
        self.ready.extend(std::iter::from_fn(|| chain.take().ok().flatten()));
    }

    /// The next picture that is done.
    pub(super) fn take(&mut self) -> Option<Video> {
        self.ready.pop_front()
    }

    /// There are no more, or none of this kind: what is held back becomes ready.
    pub(super) fn finish(&mut self) {
        if let Some((_, mut chain)) = self.chain.take() {
            chain.end().ok();
            self.ready.extend(std::iter::from_fn(|| chain.take().ok().flatten()));
        }
    }

    /// What was done, as the end of a sentence that begins with the file's name.
    pub(super) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    fn start(&mut self, format: Pixel, size: Size) -> Option<Chain> {
        let made = FILTERS.iter().find_map(|filter| {
            let spec = format!("{filter}=mode=send_frame:parity=auto:deint=interlaced");
            Chain::new(format, size, &spec).ok().map(|chain| (filter, chain))
        });
        self.note = Some(match &made {
            Some((filter, _)) => format!("is interlaced: deinterlaced ({filter})"),
            None => "is interlaced, and libavfilter cannot deinterlace such pictures here: edges that move are combs"
                .to_owned(),
        });
        made.map(|(_, chain)| chain)
    }
}

/// FFmpeg 8 moved this into flags that the wrapper does not show; what the container announces has to do there. Where the wrapper has the
/// method, it takes precedence over this stand-in.
#[allow(dead_code)]
trait NoFlag {
    fn is_interlaced(&self) -> bool {
        false
    }
}

impl NoFlag for Video {}
