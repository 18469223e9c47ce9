//! A source that ends after some time of its own.

use std::time::Duration;

use crate::frame::Frame;
use crate::source::{Source, SourceError, SourceInfo, SourceStats, Stop};

/// A source with its limit.
struct LimitedSource {
    source: Box<dyn Source>,
    limit: Duration,
    /// Time of the frame before, and time that has gone by until then. A clock that goes back takes nothing away.
    before: Option<Duration>,
    gone: Duration,
}

/// The source, which ends `minutes` after its first picture where there is such a limit.
pub(crate) fn limited(source: Box<dyn Source>, minutes: Option<f64>) -> Box<dyn Source> {
    match minutes {
        Some(minutes) => {
            let limit = Duration::from_secs_f64(60.0 * minutes);
            Box::new(LimitedSource { source, limit, before: None, gone: Duration::ZERO })
        }
        None => source,
    }
}

impl Source for LimitedSource {
    fn info(&self) -> &SourceInfo {
        self.source.info()
    }

    fn next_frame(&mut self, stop: &Stop) -> Result<Option<Frame>, SourceError> {
        let frame = self.source.next_frame(stop)?;
        Ok(frame.filter(|frame| {
            let passed = self.before.and_then(|before| frame.pts.checked_sub(before));
            self.gone += passed.unwrap_or_default();
            self.before = Some(frame.pts);
            self.gone < self.limit
        }))
    }

    fn stats(&self) -> SourceStats {
        self.source.stats()
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    /// Frames of these times, ms.
    struct Times(SourceInfo, std::vec::IntoIter<u64>);

    impl Source for Times {
        fn info(&self) -> &SourceInfo {
            &self.0
        }

        fn next_frame(&mut self, _: &Stop) -> Result<Option<Frame>, SourceError> {
            let frame =
                |ms| Frame { index: 0, pts: Duration::from_millis(ms), pixels: RgbImage::new(1, 1), file: None };
            Ok(self.1.next().map(frame))
        }
    }

    fn frames<const N: usize>(times: [u64; N], minutes: Option<f64>) -> usize {
        let info = crate::source::SceneSource::open(1, crate::config::Config::shipped().unwrap().scene);
        let source = Times(info.unwrap().info().clone(), Vec::from(times).into_iter());
        let mut source = limited(Box::new(source), minutes);
        std::iter::from_fn(|| source.next_frame(&Stop::default()).unwrap()).count()
    }

    #[test]
    fn a_source_ends_when_its_time_is_over() {
        let second = Some(1.0 / 60.0);
        let times = [5000, 5400, 5800, 6000, 6400];
        assert_eq!((frames(times, second), frames(times, None)), (3, 5), "counted from the first picture on");
        assert_eq!(frames([5000, 5600, 1000, 1300, 1500], second), 4, "a clock that goes back ends nothing early");
    }
}
