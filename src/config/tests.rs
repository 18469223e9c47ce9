use std::collections::BTreeSet;

use super::*;
use proptest::prelude::*;
use toml::Value;

fn load(file: &str, variables: &[(&str, &str)], flags: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, file).unwrap();
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Config::load(Some(&path), variables, flags.parse().unwrap())
}

fn problems(result: Result<Config, ConfigError>) -> Vec<Problem> {
    match result {
        Err(ConfigError::Problems(problems)) => problems,
        other => panic!("problems expected, not {other:?}"),
    }
}

/// Every key of the defaults with its value.
fn defaults() -> Vec<(String, Value)> {
    let table: Table = DEFAULTS.parse().unwrap();
    let sections = table.into_iter().flat_map(|(section, content)| match content {
        Value::Table(content) => content.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)).collect(),
        value => vec![(section, value)],
    });
    sections.collect()
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

#[test]
fn every_default_has_a_comment() {
    let mut commented = false;
    for line in DEFAULTS.lines().map(str::trim) {
        let key = line.split_once(" = ").filter(|_| !line.starts_with('#'));
        if let Some((key, rest)) = key {
            assert!(commented || rest.contains(" # "), "{key} has neither unit nor reason");
        }
        // Keys that follow each other, such as width and height, share a comment.
        commented = line.starts_with('#') || (commented && key.is_some());
    }
}

#[test]
fn every_number_has_a_range_that_holds_its_default_and_every_range_a_key() {
    let ranged: BTreeSet<&str> = RANGES.iter().map(|(key, ..)| *key).collect();
    assert_eq!(ranged.len(), RANGES.len(), "a key has two ranges");
    let defaults = defaults();
    for (key, value) in &defaults {
        let free = matches!(value, Value::Boolean(_) | Value::String(_) | Value::Array(_));
        assert!(free || ranged.contains(key.as_str()), "{key} has no range");
        assert_eq!(ranges::complaint(key, value), None, "{key}");
    }
    for key in ranged {
        assert!(defaults.iter().any(|(name, _)| name == key), "{key} has a range and no default");
    }
}

#[test]
fn later_layers_win() {
    let file = "[run]\nworkers = 2\nframes = 5\nvid_stride = 2";
    let variables = [("LESIONSCOPE_RUN_FRAMES", "6"), ("LESIONSCOPE_RUN_VID_STRIDE", "3"), ("OTHER", "1")];
    let config = load(file, &variables, "[run]\nvid_stride = 4").unwrap();
    assert_eq!((config.run.workers, config.run.frames, config.run.vid_stride), (2, 6, 4));
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
        ("run.frames (", vec!["environment LESIONSCOPE_RUN_FRAMES", "\"many\"", "whole number from 0"]),
        (
            "output.vidoe (",
            vec!["environment LESIONSCOPE_OUTPUT_VIDOE", "[output] has no such key", "did you mean video"],
        ),
        ("LESIONSCOPE_NOPE (", vec!["no such section"]),
        ("run.max_fps (", vec!["command line", "-1.0", "0 to 1000"]),
    ] {
        let text = texts.iter().find(|text| text.starts_with(key)).unwrap_or_else(|| panic!("{key} in {texts:#?}"));
        assert!(words.iter().all(|word| text.contains(word)), "{text} lacks one of {words:?}");
    }
    assert_eq!(texts.len(), 8);
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let missing = Config::load(Some(Path::new("/nowhere/a.toml")), std::iter::empty(), Table::new()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/a.toml"));
    let broken = load("[run", &[], "").unwrap_err();
    assert!(matches!(broken, ConfigError::Syntax { .. }) && broken.to_string().contains("my.toml"));
}

proptest! {
    /// Whatever a file says, it is either taken as said or reported; nothing panics and nothing is lost in silence.
    #[test]
    fn a_number_is_taken_or_reported(pick in any::<prop::sample::Index>(), value in prop_oneof![-10_i64..5000, any::<i64>()]) {
        let numeric: Vec<_> = RANGES.iter().filter(|(_, range, _)| !matches!(range, Range::Word(_))).collect();
        let (key, range, _) = numeric[pick.index(numeric.len())];
        let (section, name) = key.split_once('.').unwrap();
        let allowed = match range {
            Range::Whole(low, high) => (low..=high).contains(&&value),
            Range::Real(low, high) => (*low..=*high).contains(&(value as f64)),
            Range::Word(_) => false,
        };
        let mut merged: Table = DEFAULTS.parse().unwrap();
        let table: Table = format!("[{section}]\n{name} = {value}").parse().unwrap();
        let mut problems = Vec::new();
        overlay(&mut merged, Layer { origin: "test".into(), table }, &mut problems);
        prop_assert_eq!(problems.is_empty(), allowed);
        if allowed {
            prop_assert_eq!(&merged[section][name], &Value::Integer(value));
        }
    }
}
