use super::*;
use crate::model::own::zoo;
use crate::settings::{DEFAULTS, Setting};
use proptest::prelude::*;
use toml::Value;

fn load(file: &str, variables: &[(&str, &str)], flags: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Config::load(
        Some(&path),
        variables,
        vec![SettingsLayer { origin: "--flag".to_owned(), table: flags.parse().unwrap() }],
    )
}

fn problems(result: Result<Config, ConfigError>) -> Vec<Problem> {
    match result {
        Err(ConfigError::Problems(problems)) => problems,
        other => panic!("problems expected, not {other:?}"),
    }
}

#[test]
fn defaults_are_valid_and_print_as_themselves() {
    let config = load("", &[], "").unwrap();
    let printed = config.to_toml().unwrap();
    assert_eq!(load(&printed, &[], "").unwrap(), config);
    // Whoever reads the print finds the numbers that stand in the file.
    let (printed, defaults): (Table, Table) = (printed.parse().unwrap(), DEFAULTS.parse().unwrap());
    assert_eq!(printed, defaults);
}

/// The words of choices that are read as types of their own: those that the table names, and no others.
#[test]
fn every_word_of_a_choice_can_be_read_and_there_are_no_others() {
    let choices = settings::all().iter().filter(|setting| setting.note.starts_with('"'));
    for setting in choices {
        for word in setting.note.split('"').skip(1).step_by(2) {
            let layer = SettingsLayer::new("test", &setting.name, word);
            assert!(Config::load(None, std::iter::empty(), vec![layer]).is_ok(), "{}: {word}", setting.name);
        }
    }
    let words = |name: &str| settings::named(name).unwrap().note.replace('"', "");
    assert_eq!(words("train.network"), format!("{}, {}", zoo::NAMES.join(", "), zoo::SKIN));
    assert_eq!(words("train.head"), crate::model::own::pooling::Pooling::ALL.map(|head| head.name()).join(", "));
    let formats = crate::source::camera::PixelFormat::ALL.map(|format| format.to_string().to_lowercase());
    assert_eq!(words("camera.pixel_format"), format!("auto, {}", formats.join(", ")));
}

#[test]
fn a_word_stands_for_no_value_and_is_printed_for_it() {
    let config = load("[run]\nworkers = 3\nframes = 4", &[("LESIONSCOPE_RUN_WORKERS", "auto")], "").unwrap();
    assert_eq!((config.run.workers, config.run.frames, config.run.max_fps), (None, Some(4), None));
    let printed: Table = config.to_toml().unwrap().parse().unwrap();
    assert_eq!((&printed["run"]["workers"], &printed["run"]["frames"]), (&"auto".into(), &4.into()));
    for (file, allowed) in [("workers = 0", "1 to 256 threads, or \"auto\""), ("workers = \"none\"", "\"auto\"")] {
        let [problem] = &problems(load(&format!("[run]\n{file}"), &[], ""))[..] else { panic!("{file}: one problem") };
        assert!(problem.to_string().contains(allowed), "{problem}");
    }
}

#[test]
fn what_a_type_refuses_is_a_problem_like_any_other() {
    let found = problems(load("[explain]\nmethod = \"magic\"\n[run]\nframes = -1", &[], ""));
    assert_eq!(found.len(), 2);
    let method = found.iter().find(|problem| problem.key == "explain.method").unwrap();
    let said = method.to_string();
    assert!(said.contains("magic") && said.contains("layer-cam"), "{said}");
}

#[test]
fn later_layers_win() {
    let file = "[run]\nworkers = 2\nframes = 5\nvid_stride = 2";
    let variables = [("LESIONSCOPE_RUN_FRAMES", "6"), ("LESIONSCOPE_RUN_VID_STRIDE", "3"), ("OTHER", "1")];
    let config = load(file, &variables, "[run]\nvid_stride = 4").unwrap();
    assert_eq!((config.run.workers, config.run.frames, config.run.vid_stride), (Some(2), Some(6), 4));
}

#[test]
fn every_problem_is_reported_at_once_with_key_value_and_allowed_range() {
    let file = "[run]\nworker = 2\nvid_stride = 0\n[outptu]\nvideo = true\n[output]\nvideo = 3";
    let variables =
        [("LESIONSCOPE_RUN_FRAMES", "many"), ("LESIONSCOPE_OUTPUT_VIDOE", "false"), ("LESIONSCOPE_NOPE", "1")];
    let found = problems(load(file, &variables, "[run]\nmax_fps = -1.0"));
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    for (key, words) in [
        ("run.worker (", vec!["my.toml", "did you mean workers"]),
        ("run.vid_stride (", vec!["0 is not allowed", "1 to 1000"]),
        ("outptu (", vec!["did you mean output"]),
        ("output.video (", vec!["true or false"]),
        ("run.frames (", vec!["environment LESIONSCOPE_RUN_FRAMES", "\"many\"", "whole number, 1 and more"]),
        (
            "output.vidoe (",
            vec!["environment LESIONSCOPE_OUTPUT_VIDOE", "[output] has no such key", "did you mean video"],
        ),
        ("LESIONSCOPE_NOPE (", vec!["no such section"]),
        ("run.max_fps (", vec!["--flag", "-1.0", "0.001 to 1000.0"]),
    ] {
        let text = texts.iter().find(|text| text.starts_with(key)).unwrap_or_else(|| panic!("{key} in {texts:#?}"));
        assert!(words.iter().all(|word| text.contains(word)), "{text} lacks one of {words:?}");
    }
    assert_eq!(texts.len(), 8);
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let missing = Config::load(Some(Path::new("/nowhere/a.toml")), std::iter::empty(), Vec::new()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/a.toml"));
    let broken = load("[run", &[], "").unwrap_err();
    assert!(matches!(broken, ConfigError::Syntax { .. }) && broken.to_string().contains("my.toml"));
}

proptest! {
    /// Whatever is said, it is either taken as said or reported; nothing panics and nothing is lost in silence.
    #[test]
    fn a_number_is_taken_or_reported(pick in any::<prop::sample::Index>(), value in prop_oneof![-10_i64..5000, any::<i64>()]) {
        let setting: &Setting = pick.get(settings::all());
        let layer = SettingsLayer::new("test", &setting.name, value);
        let (mut merged, mut problems) = (settings::shipped(), Vec::new());
        overlay(&mut merged, layer, &mut problems, &|table| Config::read(table).err().map(|error| error.to_string()));
        let (section, key) = setting.parts();
        match setting.allows(&Value::Integer(value)) {
            true => prop_assert!(problems.is_empty() && merged[section][key] == Value::Integer(value)),
            false => prop_assert!(problems.len() == 1 && merged[section][key] == setting.value),
        }
    }
}
