//! The page of a session: made at the end of a run, not made where it is not wanted, and made anew.

use super::*;

fn report(folder: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lesionscope"));
    command.current_dir(folder).arg("report").args(args).stdin(Stdio::null());
    outcome(command)
}

#[test]
fn a_run_leaves_a_report_and_it_can_be_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let (code, errors) = outcome(headless(root, &["--source", "scene:3", "--frames", "8"]));
    assert_eq!(code, 0, "{errors}");
    let page = root.join("runs/exp/report.html");
    let first = std::fs::read_to_string(&page).unwrap();
    assert!(first.contains("not a medical device") && first.contains("scene 3"), "{}", first.len());
    std::fs::remove_file(&page).unwrap();
    let (code, errors) = report(root, &[]);
    assert_eq!(code, 0, "the newest session: {errors}");
    assert!(page.is_file());
    let (code, errors) = report(root, &["runs/exp", "--out", "all.html"]);
    assert_eq!(code, 0, "{errors}");
    assert!(std::fs::read_to_string(root.join("all.html")).unwrap().contains("runs&#x2f;exp&#x2f;report.html"));
    let (code, errors) = report(root, &["runs/exp", "--out", "all.html"]);
    assert!(code == 2 && errors.contains("--exist-ok"), "{code}: {errors}");
}

#[test]
fn no_report_is_made_where_none_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (code, errors) = outcome(headless(folder.path(), &["-s", "scene:3", "--frames", "2", "--no-report"]));
    assert_eq!(code, 0, "{errors}");
    assert!(!folder.path().join("runs/exp/report.html").exists());
}

#[test]
fn a_report_that_cannot_be_made_fails_no_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("r/report.html/in-the-way")).unwrap();
    let (code, errors) =
        outcome(headless(folder.path(), &["-s", "scene:3", "--frames", "2", "--out", "r", "--exist-ok"]));
    assert!(code == 0 && errors.contains("there is no report of this session"), "{code}: {errors}");
    let (code, errors) = report(folder.path(), &["nowhere"]);
    assert!(code == 2 && errors.contains("nowhere"), "{code}: {errors}");
}
