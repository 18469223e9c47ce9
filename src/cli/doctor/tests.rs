use super::*;
use crate::source::camera::{CameraFormat, CameraTrouble, FrameRate, PixelFormat, PixelWish};

fn settings() -> CameraSettings {
    CameraSettings {
        width: 1280,
        height: 720,
        fps: 30,
        pixel_format: PixelWish::Auto,
        open_timeout_s: 10.0,
        stall_s: 2.0,
        reconnect_s: Some(30.0),
    }
}

fn webcam() -> CameraListing {
    let format = |pixel, width, height| CameraFormat { pixel, width, height, rate: FrameRate::whole(30) };
    CameraListing {
        index: 0,
        name: "webcam".into(),
        formats: vec![format(PixelFormat::Yuyv, 640, 480), format(PixelFormat::Mjpeg, 1280, 720)],
        unreadable: vec!["H264".into()],
        trouble: None,
    }
}

#[test]
fn a_camera_says_what_would_be_used() {
    let check = one_camera(&webcam(), &settings());
    assert_eq!(check.state, CheckState::Ok);
    assert_eq!(check.found, "webcam: 1280x720 MJPEG at 30 fps would be used (2 offered: YUYV, MJPEG)");
}

#[test]
fn cameras_that_cannot_be_used_say_why() {
    let busy = CameraListing { trouble: Some(CameraTrouble::Busy), ..webcam() };
    let other_device = CameraListing { formats: vec![], unreadable: vec![], ..webcam() };
    let unreadable = CameraListing { formats: vec![], ..webcam() };
    let cases = [(busy, "in use"), (other_device, "no pictures"), (unreadable, "only H264")];
    for (camera, word) in cases {
        let check = one_camera(&camera, &settings());
        assert_eq!(check.state, CheckState::Missing);
        assert!(check.found.contains(word), "{check:?}");
    }
    let nv12 = CameraSettings { pixel_format: PixelWish::Only(PixelFormat::Nv12), ..settings() };
    assert!(one_camera(&webcam(), &nv12).remedy.contains("auto"));
    let companion = CameraListing { index: 1, formats: vec![], unreadable: vec![], ..webcam() };
    assert_eq!(cameras(&[webcam(), companion], &settings()).len(), 1);
    assert!(cameras(&[], &settings())[0].remedy.contains("files"));
}

#[test]
fn no_window_is_tried_without_a_display() {
    let none = display(|_| None, || panic!("tried"));
    assert_eq!(none.state, CheckState::Missing);
    let x11 = |name: &str| (name == "DISPLAY").then(|| ":9".to_string());
    assert_eq!(display(x11, || Ok(())).state, CheckState::Ok);
    let gone = display(x11, || Err("no server".into()));
    assert!(
        gone.state == CheckState::Missing && gone.found.contains(":9") && gone.found.contains("no server"),
        "{gone:?}"
    );
}

#[test]
fn only_the_essential_fails_the_exit_code() {
    let fine = [Check::ok("a", ""), Check::missing("b", "", "")];
    assert_eq!(verdict(&fine), Exit::Done);
    assert_eq!(verdict(&[Check::ok("a", ""), Check::broken("b", "", "")]), Exit::Failed);
}

#[test]
fn the_libav_linked_here_serves() {
    let found = codecs();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|check| check.state != CheckState::Broken), "{found:?}");
}

#[test]
fn free_space_is_read_from_df_whatever_the_names() {
    let tidy = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 58 42 58% /\n";
    assert_eq!(df_available(tidy), Some(42 * 1024));
    let odd = "Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/my disk 100 58 42 58% /mnt/my disk\n";
    assert_eq!(df_available(odd), Some(42 * 1024));
    assert_eq!(df_available("df: no such thing\n"), None);
    assert!(free_space(Path::new("/not/there/yet")).is_some_and(|bytes| bytes > 0));
    assert_eq!(disk(Path::new("runs"), Some(1_000_000)).state, CheckState::Missing);
    assert_eq!(disk(Path::new("runs"), Some(9_000_000_000)).state, CheckState::Ok);
}

#[test]
fn the_report_has_a_line_a_check() {
    let text = report(&[Check::ok("camera 0", "webcam"), Check::missing("display", "none", "get one")]);
    assert_eq!(text, "ok       camera 0  webcam\nmissing  display   none -> get one\n");
}
