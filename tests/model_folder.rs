//! The bundled model loads and answers, and a model folder that was tampered with is refused before the first frame.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor};
use image::{Rgb, RgbImage};
use lesionscope::model::own::bundled::bundled;
use lesionscope::model::own::network::Network;
use lesionscope::model::own::pair::NetworkPair;
use lesionscope::model::weights::checksum;
use lesionscope::model::{FileProblem, Model, ModelError};

const TOML: &str = include_str!("../models/small/model.toml");
const WEIGHTS: &[u8] = include_bytes!("../models/small/weights.safetensors");

fn refused(toml: &str, weights: &[u8]) -> String {
    match Network::from_parts(toml, weights, "folder") {
        Ok(_) => panic!("the folder was accepted"),
        Err(error) => error.to_string(),
    }
}

/// What of the folder's file of weights is wrong, as a program tells it apart.
fn problem(weights: &[u8]) -> FileProblem {
    match Network::from_parts(&stamped(weights), weights, "folder") {
        Err(ModelError::File { file, problem }) if file == "folder/weights.safetensors" => problem,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the folder was accepted"),
    }
}

/// The description with the checksum of other weights.
fn stamped(weights: &[u8]) -> String {
    TOML.replace(&checksum(WEIGHTS), &checksum(weights))
}

fn changed(change: impl Fn(&mut BTreeMap<String, Tensor>)) -> Vec<u8> {
    let mut tensors: BTreeMap<String, Tensor> =
        candle_core::safetensors::load_buffer(WEIGHTS, &Device::Cpu).unwrap().into_iter().collect();
    change(&mut tensors);
    safetensors::serialize(&tensors, None).unwrap()
}

#[test]
fn the_bundled_model_answers_with_probabilities() {
    let mut model = bundled().unwrap();
    let windows = [RgbImage::from_pixel(64, 64, Rgb([190, 140, 110])), RgbImage::new(64, 64)];
    let together = model.classify(&windows).unwrap();
    for scores in &together {
        assert!((scores.classes.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((0.0..=1.0).contains(&scores.context));
    }
    let alone = model.fork().classify(&windows[1..]).unwrap();
    assert_eq!(alone[0], together[1], "a window answers the same alone and in a batch");
}

#[test]
fn the_coarse_level_is_the_same_dense_and_window_by_window() {
    let mut model = bundled().unwrap();
    let (side, stride) = (model.coarse_geometry().side, model.coarse_geometry().stride);
    let level = RgbImage::from_fn(side + 3 * stride, side + 2 * stride, |x, y| {
        Rgb([(x * 5 % 256) as u8, (y * 9 % 256) as u8, ((x * y) % 256) as u8])
    });
    let dense = model.coarse(&level).unwrap();
    assert_eq!(dense.len(), 4 * 3);
    for (i, expected) in dense.iter().enumerate() {
        let (x, y) = (i as u32 % 4 * stride, i as u32 / 4 * stride);
        let window = image::imageops::crop_imm(&level, x, y, side, side).to_image();
        assert_eq!(model.coarse(&window).unwrap(), [*expected]);
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut weights = WEIGHTS.to_vec();
    *weights.last_mut().unwrap() ^= 1;
    assert!(refused(TOML, &weights).contains("checksum"));
}

#[test]
fn an_unknown_tensor_is_refused() {
    let weights = changed(|t| drop(t.insert("stray".into(), Tensor::zeros(3, DType::F32, &Device::Cpu).unwrap())));
    let sentence = refused(&stamped(&weights), &weights);
    assert!(sentence.contains("stray") && sentence.contains("unknown"), "{sentence}");
    assert_eq!(problem(&weights), FileProblem::UnknownTensor { tensor: "stray".into() });
}

#[test]
fn a_missing_tensor_and_a_wrong_shape_are_refused() {
    let weights = changed(|t| drop(t.remove("classes.bias")));
    let sentence = refused(&stamped(&weights), &weights);
    assert!(sentence.contains("classes.bias") && sentence.contains("missing"), "{sentence}");
    let tensor = "classes.bias".to_owned();
    let expected = vec![bundled().unwrap().classes().len()];
    assert_eq!(problem(&weights), FileProblem::MissingTensor { tensor: tensor.clone(), expected: expected.clone() });

    let weights =
        changed(|t| drop(t.insert("classes.bias".into(), Tensor::zeros(99, DType::F32, &Device::Cpu).unwrap())));
    let sentence = refused(&stamped(&weights), &weights);
    assert!(sentence.contains("[99]"), "{sentence}");
    assert_eq!(problem(&weights), FileProblem::WrongShape { tensor, expected, found: vec![99] });
}

#[test]
fn weights_that_are_no_numbers_are_refused_with_their_tensor() {
    for (wrong, said) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let weights = changed(|tensors| {
            let mut values: Vec<f32> = tensors["classes.bias"].to_dtype(DType::F32).unwrap().to_vec1().unwrap();
            values[2] = wrong;
            // In half precision, as large networks are written.
            let bias = Tensor::new(values, &Device::Cpu).unwrap().to_dtype(DType::F16).unwrap();
            tensors.insert("classes.bias".into(), bias);
        });
        let sentence = refused(&stamped(&weights), &weights);
        assert!(sentence.contains(&format!("tensor classes.bias holds {said} (place 2 of")), "{sentence}");
    }
    let weights = changed(|tensors| {
        let (name, variance) = tensors.iter().find(|(name, _)| name.ends_with(".variance")).unwrap();
        let (name, variance) = (name.clone(), (variance * -1.0).unwrap());
        tensors.insert(name, variance);
    });
    assert!(refused(&stamped(&weights), &weights).contains("below 0, which is no variance"));
}

#[test]
fn answers_that_are_no_numbers_are_an_error_and_no_score() {
    // Numbers all of them, but far too large for what is made of them.
    let vast = |name: &'static str| {
        changed(move |tensors| {
            let huge =
                (tensors[name].to_dtype(DType::F32).unwrap().ones_like().unwrap() * f64::from(f32::MAX)).unwrap();
            tensors.insert(name.into(), huge);
        })
    };
    let window = [RgbImage::from_pixel(64, 64, Rgb([190, 140, 110]))];
    let weights = vast("classes.weight");
    let mut network = Network::from_parts(&stamped(&weights), &weights, "folder").unwrap();
    let error = network.classify(&window).unwrap_err().to_string();
    assert!(error.contains("answers with NaN, which is no score"), "{error}");
    let weights = vast("gate_classes.weight");
    let mut network = Network::from_parts(&stamped(&weights), &weights, "folder").unwrap();
    assert!(network.coarse(&window[0]).unwrap_err().to_string().contains("which is no score"));
}

#[test]
fn a_checksum_is_the_same_in_capitals_and_nothing_else_is_one() {
    let capitals = TOML.replace(&checksum(WEIGHTS), &checksum(WEIGHTS).to_uppercase());
    assert_ne!(capitals, TOML);
    assert!(Network::from_parts(&capitals, WEIGHTS, "folder").is_ok());
    let text = TOML.replace(&checksum(WEIGHTS), "\\u001b[31m");
    let sentence = refused(&text, WEIGHTS);
    assert!(sentence.contains("no SHA-256") && !sentence.contains('\x1b'), "{sentence}");
}

#[test]
fn names_of_classes_that_lead_elsewhere_are_doubled_or_empty_are_refused() {
    for (name, wanted) in [
        ("../ESCAPED", "\"../ESCAPED\", which leads elsewhere as a path"),
        ("/tmp/escaped", "leads elsewhere"),
        ("a\\u0000b", "leads elsewhere"),
        ("melanoma", "two classes are called \"melanoma\""),
        ("  ", "has no name"),
    ] {
        let sentence = refused(&TOML.replace("name = \"nevus\"", &format!("name = \"{name}\"")), WEIGHTS);
        assert!(sentence.starts_with("folder/model.toml: ") && sentence.contains(wanted), "{sentence}");
    }
    // Shown by whoever prints it, as it cannot lead anywhere.
    let coloured = TOML.replace("name = \"nevus\"", "name = \"\\u001b[31mnevus\"");
    assert!(Network::from_parts(&coloured, WEIGHTS, "folder").is_ok());
}

#[test]
fn other_number_types_and_noise_are_refused() {
    let weights =
        changed(|t| drop(t.insert("classes.bias".into(), Tensor::zeros(7, DType::F64, &Device::Cpu).unwrap())));
    assert!(refused(&stamped(&weights), &weights).contains("F64"));
    assert!(refused(&stamped(b"noise"), b"noise").contains("safetensors"));
}

#[test]
fn descriptions_that_make_no_sense_are_refused() {
    for (from, to, wanted) in [
        ("lesionscope-model/1", "lesionscope-model/9", "schema"),
        ("side = 64", "side = 100000", "side"),
        ("[weights]", "[weights]\nfile = \"/etc/passwd\"", "file"),
    ] {
        let text = TOML.replacen(from, to, 1);
        assert_ne!(text, TOML, "{from} is in the description");
        let sentence = refused(&text, WEIGHTS);
        assert!(sentence.contains(wanted) && sentence.contains("model.toml"), "{sentence}");
    }
}

#[test]
fn a_second_opinion_must_answer_with_the_same_classes() {
    let renamed = TOML.replace("name = \"nevus\"", "name = \"mole\"");
    assert_ne!(renamed, TOML);
    let (search, other) = (bundled().unwrap(), Network::from_parts(&renamed, WEIGHTS, "folder").unwrap());
    let Err(error) = NetworkPair::new(search.clone(), other) else { panic!("the pair was accepted") };
    assert!(error.to_string().contains("mole") && error.to_string().contains("nevus"), "{error}");

    let mut pair = NetworkPair::new(search.clone(), search).unwrap();
    let window = [RgbImage::from_pixel(64, 64, Rgb([190, 140, 110]))];
    assert_eq!(pair.opinion_side(), Some(64));
    assert_eq!(pair.opinions(&window).unwrap(), pair.classify(&window).unwrap());
}

#[test]
fn a_temperature_flattens_the_answers_and_nonsense_is_refused() {
    let with = |line: &str| TOML.replace("[training]", &format!("[calibration]\n{line}\n\n[training]"));
    let mut hot = Network::from_parts(&with("temperature = 3.0\nsuspicious = 0.3"), WEIGHTS, "folder").unwrap();
    let window = [RgbImage::from_pixel(64, 64, Rgb([190, 140, 110]))];
    let (plain, flat) = (bundled().unwrap().classify(&window).unwrap(), hot.classify(&window).unwrap());
    let highest = |scores: &[f32]| scores.iter().copied().fold(0.0, f32::max);
    assert!(highest(&flat[0].classes) < highest(&plain[0].classes));
    assert!((flat[0].classes.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    for line in [
        "temperature = 0.0\nsuspicious = 0.3",
        "temperature = 1.0\nsuspicious = 1.3",
        "temperature = nan\nsuspicious = 0",
    ] {
        assert!(refused(&with(line), WEIGHTS).contains("calibration"), "{line}");
    }
    for (key, value) in [("conf", "nan"), ("conf", "-inf"), ("gate", "inf"), ("gate", "1.5")] {
        let line = TOML.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
        let sentence = refused(&TOML.replacen(line, &format!("{key} = {value}"), 1), WEIGHTS);
        assert!(sentence.contains(&format!("thresholds.{key} is")), "{sentence}");
    }
}
