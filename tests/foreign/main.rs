//! A classifier of the user's own, as an ONNX file: what it answers, what is guessed, what is refused, and a run with it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod answers;
mod damaged;
mod explained;
mod mutate;
mod opened;
mod plain;
mod rich;
mod tiny;
mod tried;

use std::path::Path;

use assert_cmd::Command;
use image::{Rgb, RgbImage};
use lesionscope::model::ModelError;
use lesionscope::model::onnx::OnnxClassifier;
use lesionscope::model::onnx::answer::OutputKind;
use lesionscope::model::onnx::card::OnnxCard;
use lesionscope::model::onnx::familiarity::Familiarity;
use lesionscope::model::onnx::graph::Graph;
use lesionscope::model::onnx::guess::{Hints, describe};
use lesionscope::model::onnx::picture::Scaling;
use proptest::prelude::*;
use prost::Message;
use tiny::{MATRIX, SIDE, bytes, graph, model, node, tensor, value};
use tract_onnx::pb::ModelProto;

const LABELS: &str = "nevus\nmelanoma\nbackground\n";

fn hints() -> Hints {
    let labels = LABELS.lines().map(str::to_owned).collect();
    Hints { labels: Some(labels), scaling: Some(Scaling::ZeroOne), ..Hints::default() }
}

fn described(bytes: &[u8], hints: &Hints) -> Result<(Graph, OnnxCard), ModelError> {
    let graph = Graph::read(bytes, "tiny.onnx")?;
    let (card, _) = describe(&graph, hints, &examples, ("tiny.onnx", "tiny", "0".to_owned()))?;
    Ok((graph, card))
}

fn loaded(model: &ModelProto, hints: &Hints) -> Result<OnnxClassifier, ModelError> {
    let (graph, card) = described(&bytes(model), hints)?;
    OnnxClassifier::new(&graph, card, "tiny.onnx")
}

fn refused(model: &ModelProto, hints: &Hints) -> String {
    let sentence = loaded(model, hints).err().expect("must be refused").to_string();
    assert!(sentence.starts_with("tiny.onnx") && !sentence.contains('\n'), "{sentence}");
    sentence
}

fn examples(side: u32) -> Vec<RgbImage> {
    [[250, 200, 160], [60, 30, 20], [20, 60, 200]].map(|colour| RgbImage::from_pixel(side, side, Rgb(colour))).to_vec()
}

fn picture(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(SIDE as u32, SIDE as u32, Rgb(colour))
}

/// What the classifier answers for one colour, by hand.
fn by_hand(colour: [u8; 3]) -> Vec<f32> {
    let logits: Vec<f32> =
        (0..3).map(|class| (0..3).map(|c| f32::from(colour[c]) / 255.0 * MATRIX[3 * c + class]).sum()).collect();
    let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / sum).collect()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn it_answers_as_computed_by_hand() {
    let foreign = loaded(&model(), &hints()).unwrap();
    for colour in [[0, 0, 0], [255, 128, 3], [90, 200, 77]] {
        assert!(close(&foreign.probabilities(&picture(colour)).unwrap(), &by_hand(colour)), "{colour:?}");
    }
}

#[test]
fn how_familiar_a_picture_is_goes_by_the_energy_of_the_logits() {
    let (colours, file) = ([[0, 0, 0], [255, 128, 3], [90, 200, 77]], bytes(&model()));
    let (graph, mut card) = described(&file, &hints()).unwrap();
    let plain = OnnxClassifier::new(&graph, card.clone(), "tiny.onnx").unwrap();
    let energies = plain.energies(&colours.map(picture)).unwrap();
    let by_hand = |colour: [u8; 3]| {
        let logit = |class: usize| (0..3).map(|c| f32::from(colour[c]) / 255.0 * MATRIX[3 * c + class]).sum::<f32>();
        (0..3).map(|class| logit(class).exp()).sum::<f32>().ln()
    };
    assert!(close(&energies, &colours.map(by_hand)), "{energies:?}");
    assert_eq!(plain.answer(&picture(colours[0])).unwrap().familiar, 1.0, "nothing is known");
    card.familiar = Some(Familiarity { least: energies[2], usual: energies[1] });
    let taught = OnnxClassifier::new(&graph, card, "tiny.onnx").unwrap();
    for (colour, energy) in colours.into_iter().zip(energies) {
        let answer = taught.answer(&picture(colour)).unwrap();
        assert_eq!(answer.probabilities, plain.probabilities(&picture(colour)).unwrap(), "the answer stays as it was");
        assert!((answer.familiar - taught.card().familiar.unwrap().part(energy)).abs() < 1e-5);
    }
    let dark = taught.answer(&picture([0; 3])).unwrap().familiar;
    assert!(dark < 0.5, "log 3 is less than any of the others: {dark}");
}

#[test]
fn pictures_with_the_colours_first_are_answered_alike() {
    let mut turned = model();
    let parts = graph(&mut turned);
    parts.input = vec![value("nchw", &[1, 3, SIDE as i64, SIDE as i64])];
    parts.node.remove(0);
    let foreign = loaded(&turned, &hints()).unwrap();
    assert!(close(&foreign.probabilities(&picture([255, 128, 3])).unwrap(), &by_hand([255, 128, 3])));
}

#[test]
fn what_the_numbers_are_is_seen_from_the_graph() {
    let kind = |change: &dyn Fn(&mut ModelProto)| {
        let mut model = model();
        change(&mut model);
        described(&bytes(&model), &hints()).unwrap().1.output.kind
    };
    assert_eq!(kind(&|_| {}), OutputKind::Softmax);
    assert_eq!(kind(&|model| graph(model).node[4].op_type = "Sigmoid".to_owned()), OutputKind::Sigmoid);
    let logits = |model: &mut ModelProto| graph(model).output = vec![value("logits", &[0, 3])];
    assert_eq!(kind(&logits), OutputKind::Logits);
    let passed_on = |model: &mut ModelProto| {
        graph(model).node.push(node("Identity", &["answer"], "out"));
        graph(model).output = vec![value("out", &[0, 3])];
    };
    assert_eq!(kind(&passed_on), OutputKind::Softmax);
}

#[test]
fn a_graph_that_scales_by_itself_gets_raw_pixels_and_others_what_their_family_wants_or_tells_pictures_apart() {
    let automatic = Hints { scaling: None, ..hints() };
    let scaling = |model: &ModelProto| described(&bytes(model), &automatic).unwrap().1.picture.scaling;
    // To a network without bias larger values tell more, however absurd: among those that tell enough the smallest are taken.
    let tried = scaling(&model());
    assert!(![Scaling::Raw, Scaling::Caffe].contains(&tried), "{tried:?}");
    let mut named = model();
    graph(&mut named).node[1].name = "sequential/DenseNet121/pool".to_owned();
    assert_eq!(scaling(&named), Scaling::Imagenet, "what Keras does for the family that the operators are named after");
    let mut scaled = model();
    let parts = graph(&mut scaled);
    parts.initializer.push(tensor("scale", &[1], &[1.0 / 255.0]));
    parts.node.insert(0, node("Mul", &["picture", "scale"], "scaled"));
    parts.node[1].input[0] = "scaled".to_owned();
    assert_eq!(scaling(&scaled), Scaling::Raw);
}

#[test]
fn another_input_needs_values_and_gets_them() {
    let mut with_age = model();
    let parts = graph(&mut with_age);
    parts.input.push(value("age", &[0, 3]));
    parts.node[4].input[0] = "sum".to_owned();
    parts.node.insert(4, node("Add", &["logits", "age"], "sum"));
    assert!(refused(&with_age, &hints()).contains("--input age=v1,v2"));
    let given = |values: &[f32]| Hints { constants: [("age".to_owned(), values.to_vec())].into(), ..hints() };
    let foreign = loaded(&with_age, &given(&[0.0, 9.0, 0.0])).unwrap();
    assert!(foreign.probabilities(&picture([255, 0, 0])).unwrap()[1] > 0.99, "the other input is heard");
    assert!(refused(&with_age, &given(&[1.0, 2.0])).contains("2 values"));
    assert!(refused(&model(), &given(&[1.0])).contains("no input \"age\""));
}

#[test]
fn broken_files_are_refused_in_one_sentence() {
    let changed = |change: &dyn Fn(&mut ModelProto)| {
        let mut model = model();
        change(&mut model);
        refused(&model, &hints())
    };
    let cycle = changed(&|model| graph(model).node[1].input[0] = "features".to_owned());
    assert!(cycle.contains("cycle"), "{cycle}");
    assert!(changed(&|model| graph(model).initializer.clear()).contains("\"matrix\", which nothing before it makes"));
    let huge = changed(&|model| graph(model).initializer[0].dims = vec![1 << 40, 1 << 40]);
    assert!(huge.contains("impossible shape"), "{huge}");
    let missing = changed(&|model| graph(model).initializer[0].float_data.truncate(4));
    assert!(missing.contains("wants 9 values and has 4"), "{missing}");
    assert!(changed(&|model| graph(model).node[4].op_type = "Divine".to_owned()).contains("Divine"));
    assert!(changed(&|model| graph(model).output[0].name = "nobody".to_owned()).contains("nobody"));
    assert!(changed(&|model| graph(model).input = vec![value("picture", &[1, 12])]).contains("square RGB pictures"));
    let made = changed(&|model| {
        let shape = tract_onnx::pb::TensorProto {
            int64_data: vec![1 << 30, 1 << 30],
            data_type: 7,
            ..tensor("shape", &[2], &[])
        };
        graph(model).initializer.push(shape);
        graph(model).node.insert(0, node("ConstantOfShape", &["shape"], "huge"));
    });
    assert!(made.contains("asks for a tensor"), "{made}");
    let vast = Hints { side: Some(1 << 40), ..hints() };
    let any_size = {
        let mut model = model();
        graph(&mut model).input = vec![value("picture", &[0, 0, 0, 3])];
        model
    };
    assert!(refused(&any_size, &vast).contains("8 to 1024"));
    let nothing = ["skin", "background", "none"].map(str::to_owned).to_vec();
    assert!(refused(&model(), &Hints { labels: Some(nothing), ..hints() }).contains("no class is a lesion"));
    let labels = Hints { labels: Some(vec!["a".to_owned(), "b".to_owned()]), ..hints() };
    assert!(refused(&model(), &labels).contains("3 classes, --labels has 2"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever is in the file: a model that answers, or one sentence.
    #[test]
    fn damaged_files_never_panic(cut in 0usize..400, flips in prop::collection::vec((0usize..400, any::<u8>()), 0..6)) {
        let mut file = bytes(&model());
        for (at, byte) in flips {
            let length = file.len();
            file[at % length] = byte;
        }
        file.truncate(file.len().saturating_sub(cut % 40));
        if let Ok((graph, card)) = described(&file, &hints())
            && let Ok(foreign) = OnnxClassifier::new(&graph, card, "tiny.onnx")
        {
            foreign.probabilities(&picture([9; 3])).ok();
        }
    }
}

fn written(folder: &Path) -> (String, String) {
    let (file, labels) = (folder.join("tiny.onnx"), folder.join("labels.txt"));
    std::fs::write(&file, bytes(&model())).unwrap();
    std::fs::write(&labels, LABELS).unwrap();
    (file.display().to_string(), labels.display().to_string())
}

fn lesionscope() -> Command {
    Command::cargo_bin("lesionscope").unwrap()
}

#[test]
fn an_imported_model_circles_and_names() {
    let folder = tempfile::tempdir().unwrap();
    let (file, labels) = written(folder.path());
    let (mine, run) = (folder.path().join("mine"), folder.path().join("run"));
    let import = ["import", &file, "--labels", &labels, "--preprocess", "zero-one", "--out"];
    let said = lesionscope().args(import).arg(&mine).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(String::from_utf8_lossy(&said.stdout).contains("16 px, pixels \"zero-one\", classes nevus, melanoma"));
    lesionscope().args(import).arg(&mine).assert().code(2);
    // Its own file is not written over while it is read.
    let before = std::fs::read(mine.join("model.onnx")).unwrap();
    let again =
        lesionscope().arg("import").arg(mine.join("model.onnx")).args(["--exist-ok", "--out"]).arg(&mine).output();
    let again = again.unwrap();
    assert!(again.status.code() == Some(2) && String::from_utf8_lossy(&again.stderr).contains("written over"));
    assert!(std::fs::read(mine.join("model.onnx")).unwrap() == before);

    lesionscope()
        .args(["headless", "-q", "--source", "scene:7", "--frames", "6", "--model"])
        .arg(&mine)
        .arg("--out")
        .arg(&run)
        .assert()
        .success();
    let lines = std::fs::read_to_string(run.join("detections.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 6);
    let line: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let circles = line["circles"].as_array().unwrap();
    assert!(!circles.is_empty(), "the guides find the painted lesions");
    for circle in circles {
        let names: Vec<&String> = circle["scores"].as_object().unwrap().keys().collect();
        assert!(
            names.iter().all(|name| ["background", "skin", "nevus", "melanoma"].contains(&name.as_str())),
            "{names:?}"
        );
    }

    let mut changed = bytes(&model());
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(mine.join("model.onnx"), changed).unwrap();
    let said = lesionscope().args(["doctor", "--model"]).arg(&mine).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stdout).contains("checksum"), "{}", String::from_utf8_lossy(&said.stdout));
}

#[test]
fn labels_mean_the_same_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let (file, labels) = written(folder.path());
    let card = |form: &str, bytes: &[u8]| {
        std::fs::write(&labels, bytes).unwrap();
        let out = folder.path().join(form).join("mine");
        let said = lesionscope()
            .args(["import", &file, "--labels", &labels, "--preprocess", "zero-one", "--out"])
            .arg(&out)
            .output();
        let said = String::from_utf8(said.unwrap().stderr).unwrap();
        std::fs::read_to_string(out.join("model.toml")).map_err(|_| said)
    };
    let expect = card("plain", LABELS.as_bytes()).unwrap();
    assert!(expect.contains("suspicious = true"), "{expect}");
    let numbered: String = LABELS.lines().enumerate().map(|(i, name)| format!("{i}: {name}\r\n")).collect();
    let utf16: Vec<u8> = format!("\u{feff}{LABELS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(card("marked", format!("\u{feff}{LABELS}").as_bytes()).unwrap(), expect);
    assert_eq!(card("numbered", numbered.as_bytes()).unwrap(), expect);
    assert_eq!(card("utf16", &utf16).unwrap(), expect);
    let doubled = LABELS.replacen("nevus", "melanoma", 1);
    let why = card("doubled", doubled.as_bytes()).unwrap_err();
    assert!(why.contains("labels.txt: lines") && why.contains("both name \"melanoma\""), "{why}");
}

#[test]
fn without_guides_every_window_is_shown_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, labels) = written(folder.path());
    // Red stands for melanoma to the tiny classifier.
    let disc = RgbImage::from_fn(160, 120, |x, y| match (x as f32 - 60.0).hypot(y as f32 - 60.0) {
        ..24.0 => Rgb([250, 0, 0]),
        _ => Rgb([0, 120, 120]),
    });
    let picture = folder.path().join("disc.png");
    disc.save(&picture).unwrap();
    let run = folder.path().join("run");
    lesionscope()
        .args(["headless", "-q", "--gate", "none", "--preprocess", "zero-one", "--min-size", "48", "--labels", &labels])
        .args(["--classes", "melanoma", "--model", &file, "--source"])
        .arg(&picture)
        .arg("--out")
        .arg(&run)
        .assert()
        .success();
    let line = std::fs::read_to_string(run.join("detections.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let circle = &line["circles"][0];
    assert_eq!(circle["class"], "melanoma", "{line}");
    let (x, y) = (circle["x"].as_f64().unwrap(), circle["y"].as_f64().unwrap());
    assert!((x - 60.0).hypot(y - 60.0) < 20.0, "{line}");
}

/// Runs `import` with a program in Python's place that has ONNX Runtime, as it says, and answers so about every picture.
#[cfg(unix)]
fn imported(answers: Option<&str>) -> (Option<i32>, String) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (file, labels) = written(folder.path());
    let python = folder.path().join("python");
    let able = if answers.is_some() { "exit 0" } else { "exit 1" };
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = -c ]; then {able}; fi\ncat > /dev/null\necho '{}' > \"$5\"\n",
        answers.unwrap_or("")
    );
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let import = ["import", &file, "--labels", &labels, "--preprocess", "zero-one", "--python"];
    let said = lesionscope().args(import).arg(&python).arg("--out").arg(folder.path().join("mine")).output().unwrap();
    let text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert_eq!(folder.path().join("mine/model.toml").exists(), said.status.success(), "{text}");
    (said.status.code(), text)
}

#[cfg(unix)]
#[test]
fn import_says_what_it_was_compared_with_and_refuses_what_answers_otherwise() {
    let (code, said) = imported(None);
    assert!(code == Some(0) && said.contains("not compared with ONNX Runtime"), "{said}");
    let (code, said) = imported(Some("[[0.9, 0.05, 0.05]]"));
    assert!(code == Some(2) && said.contains("differs from ONNX Runtime on 1 painted pictures by"), "{said}");
    let (code, said) = imported(Some("[[0.5, 0.5]]"));
    assert!(code == Some(2) && said.contains("ONNX Runtime answers with 2 numbers, here it answers with 3"), "{said}");
    let (code, said) = imported(Some("[null]"));
    assert!(code == Some(0) && said.contains("answers with whole numbers here"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_refused_at_once_in_a_models_place() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.onnx")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("model.toml")).unwrap();
    std::fs::create_dir(folder.path().join("folder.onnx")).unwrap();
    for (name, wanted) in
        [(".", "it is a device"), ("endless.onnx", "it is a device"), ("folder.onnx", "it is a folder")]
    {
        let command = ["headless", "-q", "--source", "scene:7", "--frames", "1", "--model"];
        let said = lesionscope()
            .args(command)
            .arg(folder.path().join(name))
            .arg("--out")
            .arg(folder.path().join("run"))
            .timeout(std::time::Duration::from_secs(60))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.code() == Some(2) && text.contains(wanted), "{name}: {text}");
    }
}

#[test]
fn where_python_cannot_convert_the_commands_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("model.keras");
    std::fs::write(&source, "no model").unwrap();
    let said = lesionscope()
        .args(["import", "--python", "/nowhere/python", "--out"])
        .arg(folder.path().join("mine"))
        .arg(&source)
        .output()
        .unwrap();
    assert_eq!(said.status.code(), Some(2));
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("pip install tensorflow-cpu tf2onnx") && said.contains("lesionscope import"), "{said}");
    assert!(ModelProto::decode(&b"no model"[..]).is_err());
}
