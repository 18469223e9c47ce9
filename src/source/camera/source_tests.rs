//! The camera source on a camera that fails on command.

use std::collections::VecDeque;

use nokhwa::Buffer;
use nokhwa::utils::{FrameFormat, Resolution};

use super::super::formats::CameraFormat;
use super::super::layout::PixelLayout;
use super::super::rate::FrameRate;
use super::super::reader::{OpenCamera, Shutter};
use super::super::settings::{CameraWish, PixelFormat, PixelWish};
use super::*;

/// What the pretended camera does next.
enum Act {
    /// Delivers a picture of one gray, `size` px wide and high, after a while.
    Show(u8, u32),
    /// Delivers fewer bytes than a picture has.
    Short,
    /// Fails as a device does that was pulled out.
    Fail,
    /// Panics as the bindings do on what they do not expect.
    Panic,
    /// Neither delivers nor fails, for ever.
    Hang,
}

struct PretendedCamera(VecDeque<Act>);

impl Shutter for PretendedCamera {
    fn picture(&mut self) -> Result<(Buffer, Instant), CameraTrouble> {
        std::thread::sleep(Duration::from_millis(5));
        let buffer = |size: u32, bytes: &[u8]| Buffer::new(Resolution::new(size, size), bytes, FrameFormat::GRAY);
        match self.0.pop_front() {
            Some(Act::Show(gray, size)) => Ok((buffer(size, &vec![gray; (size * size) as usize]), Instant::now())),
            Some(Act::Short) => Ok((buffer(8, &[0; 3]), Instant::now())),
            Some(Act::Panic) => panic!("a panic that the test asked for"),
            Some(Act::Hang) => loop {
                std::thread::park();
            },
            Some(Act::Fail) | None => Err(CameraTrouble::Missing),
        }
    }
}

/// Opens to one list of acts after the other; `None` is an attempt that fails, and so is every attempt after the last.
fn pretended(openings: Vec<Option<Vec<Act>>>) -> CameraOpener {
    let mut openings = VecDeque::from(openings);
    Box::new(move || {
        let acts = openings.pop_front().flatten().ok_or(CameraTrouble::Busy)?;
        let size =
            acts.iter().find_map(|act| if let Act::Show(_, size) = act { Some(*size) } else { None }).unwrap_or(8);
        let format = CameraFormat { pixel: PixelFormat::Gray, width: size, height: size, rate: FrameRate::whole(30) };
        let layout = PixelLayout { pixel: PixelFormat::Gray, width: size, height: size, stride: 0, full_range: false };
        Ok(OpenCamera { shutter: Box::new(PretendedCamera(acts.into())), format, layout })
    })
}

fn settings() -> CameraSettings {
    crate::settings::sections(&["camera"]).remove("camera").unwrap().try_into().unwrap()
}

/// Gives up early. The limit for a hang stays long: a busy test machine may well be silent for a while.
fn impatient() -> CameraSettings {
    CameraSettings { reconnect_s: Some(0.8), ..settings() }
}

fn show(count: u8, size: u32) -> Vec<Act> {
    (0..count).map(|gray| Act::Show(gray, size)).collect()
}

/// All frames up to the error that ends a pretended camera.
fn frames_and_error(source: &mut CameraSource) -> (Vec<Frame>, String) {
    let stop = Stop::default();
    let mut frames = Vec::new();
    loop {
        match source.next_frame(&stop) {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => panic!("ended without being asked to"),
            Err(error) => return (frames, error.to_string()),
        }
    }
}

#[test]
fn a_camera_that_comes_back_goes_on_and_the_gap_counts() {
    let mut first = show(5, 8);
    first.push(Act::Fail);
    let opener = pretended(vec![Some(first), None, Some(show(5, 6))]);
    let patient = CameraSettings { reconnect_s: Some(3.0), ..settings() };
    let mut source = CameraSource::start(7, "pretended", opener, &patient).ok().unwrap();
    assert_eq!(source.info().label, "camera 7: pretended, 8x8 GRAY at 30 fps");
    assert!(source.info().live && source.info().size == Some(Size { width: 8, height: 8 }));
    let (frames, error) = frames_and_error(&mut source);
    // Pictures that are not fetched in time are replaced; on a busy machine some are.
    let sizes: Vec<u32> = frames.iter().map(|frame| frame.size().width).collect();
    assert!(sizes.contains(&8) && sizes.contains(&6) && sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    assert!(frames.is_sorted_by(|a, b| a.pts < b.pts && a.index < b.index));
    let stats = source.stats();
    assert_eq!((stats.gaps, stats.unreadable), (1, 0));
    // Two pauses lie in the gap, of 0.2 and 0.4 s; a picture that is fetched late shortens it.
    assert!(stats.gap_time >= Duration::from_millis(400), "{stats:?}");
    assert!(error.contains("went away and did not come back within") && error.contains("another program"), "{error}");
}

#[test]
fn a_panic_of_the_bindings_is_a_camera_that_went_away() {
    let mut first = show(3, 8);
    first.push(Act::Panic);
    let opener = pretended(vec![Some(first), Some(show(3, 8))]);
    let mut source = CameraSource::start(7, "pretended", opener, &settings()).ok().unwrap();
    let stop = Stop::default();
    while source.stats().gaps == 0 {
        assert!(source.next_frame(&stop).unwrap().is_some());
    }
}

#[test]
fn broken_pictures_are_counted_and_passed_over() {
    let acts = (0..40).map(|i| if i % 2 == 0 { Act::Short } else { Act::Show(i, 8) }).collect();
    let opener = pretended(vec![Some(acts)]);
    let mut source = CameraSource::start(7, "pretended", opener, &impatient()).ok().unwrap();
    let (frames, _) = frames_and_error(&mut source);
    let unreadable = source.stats().unreadable;
    assert!(!frames.is_empty() && (1..=20).contains(&unreadable), "{} {unreadable}", frames.len());
    assert_eq!(source.stats().gaps, 0);
}

#[test]
fn a_camera_with_nothing_but_broken_pictures_fails_and_says_so() {
    let opener = pretended(vec![Some((0..2000).map(|_| Act::Short).collect())]);
    let mut source = CameraSource::start(7, "pretended", opener, &impatient()).ok().unwrap();
    let (frames, error) = frames_and_error(&mut source);
    assert!(frames.is_empty() && error.contains("no picture could be read") && error.contains("64 bytes"), "{error}");
}

#[test]
fn a_camera_that_hangs_stops_in_time_closes_and_is_told_apart() {
    let hanging = || {
        let mut acts = show(2, 8);
        acts.push(Act::Hang);
        pretended(vec![Some(acts)])
    };
    let opener = hanging();
    let mut source = CameraSource::start(7, "pretended", opener, &impatient()).ok().unwrap();
    let (_, error) = frames_and_error(&mut source);
    assert!(error.contains("it hangs"), "{error}");

    let opener = hanging();
    let mut source =
        CameraSource::start(7, "pretended", opener, &CameraSettings { reconnect_s: None, ..impatient() }).ok().unwrap();
    let stop = Stop::default();
    let asking = stop.clone();
    let asked = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1200));
        asking.request();
        Instant::now()
    });
    while source.next_frame(&stop).unwrap().is_some() {}
    let late = Instant::now().saturating_duration_since(asked.join().unwrap());
    // Promised are 0.2 s, which a machine busy with other tests need not keep; waiting for the camera would take for
    // ever.
    assert!(late < Duration::from_secs(1), "{late:?}");
    let closing = Instant::now();
    drop(source);
    assert!(closing.elapsed() < Duration::from_secs(1), "{:?}", closing.elapsed());
}

#[test]
fn a_camera_that_does_not_open_is_waited_for_no_longer_than_agreed() {
    let opener: CameraOpener = Box::new(|| {
        std::thread::sleep(Duration::from_secs(3));
        Err(CameraTrouble::Missing)
    });
    let began = Instant::now();
    let result = CameraSource::start(7, "pretended", opener, &CameraSettings { open_timeout_s: 0.1, ..settings() });
    assert!(matches!(result.err(), Some(CameraTrouble::Other(why)) if why.contains("did not answer within 0.1 s")));
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_missing_camera_is_one_sentence_that_names_it() {
    let Err(error) = CameraSource::open(4_000_000, &settings()) else { panic!("opened a camera that cannot exist") };
    assert!(error.is_unusable() && error.to_string().contains("camera 4000000"), "{error}");
    assert!(matches!(error, SourceError::Camera(CameraError { trouble: CameraTrouble::Missing, .. })), "{error:?}");
}

#[test]
fn the_defaults_wish_for_hd() {
    let settings = settings();
    assert_eq!(settings.wish(), CameraWish { width: 1280, height: 720, fps: 30, pixel: PixelWish::Auto });
    assert_eq!(settings.patience(), Some(Duration::from_secs(30)));
    assert_eq!(CameraSettings { reconnect_s: None, ..settings }.patience(), None);
}
