//! The front door: a model and settings in, circles out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use lesionscope::classifier::{ModelChoice, OpinionChoice, SkinChoice};
use lesionscope::config::Config;
use lesionscope::detect::DetectSettings;
use lesionscope::explain::Method;
use lesionscope::finding::TrackedCircle;
use lesionscope::model::weights::checksum;
use lesionscope::scanner::{Scanner, ScannerError, WindowMap};
use lesionscope::source::{SceneSettings, SceneSource};

fn scene() -> SceneSource {
    SceneSource::open(1, SceneSettings { width: 640, height: 360, fps: 30.0, frames: None }).unwrap()
}

/// A true lesion of a frame that a circle lies on.
fn on_a_lesion(scene: &SceneSource, frame: u64, circle: &TrackedCircle) -> bool {
    let found = circle.finding.circle;
    scene.truth(frame).lesions.iter().any(|lesion| (lesion.x - found.x).hypot(lesion.y - found.y) < lesion.r)
}

#[test]
fn settings_are_those_of_the_program() {
    let Config { scan, cache, track, place, skin, opinion, quality, coach, .. } = Config::shipped().unwrap();
    assert_eq!(
        DetectSettings::shipped().unwrap(),
        DetectSettings { scan, cache, track, place, skin, opinion, quality, coach, cover_faces: false }
    );
}

#[test]
fn a_picture_has_circles_on_its_lesions_the_same_every_time() {
    let scene = scene();
    let picture = scene.frame(0).pixels;
    let mut scanner = Scanner::bundled().unwrap();
    let circles = scanner.scan(&picture).unwrap();
    let hits: Vec<&TrackedCircle> = circles.iter().filter(|circle| on_a_lesion(&scene, 0, circle)).collect();
    assert!(!hits.is_empty(), "{circles:?}");
    assert!(scanner.classes().contains(scanner.class(hits[0])));
    let again = scanner.scan(&picture).unwrap();
    let of = |circles: &[TrackedCircle]| circles.iter().map(|circle| circle.finding.clone()).collect::<Vec<_>>();
    assert_eq!(of(&circles), of(&again), "a picture does not depend on the one before");
}

#[test]
fn a_film_keeps_the_ids_of_its_circles() {
    let scene = scene();
    let mut scanner = Scanner::bundled().unwrap();
    let mut ids: Vec<Vec<u64>> = Vec::new();
    for frame in 0..8 {
        let circles = scanner.track(&Arc::new(scene.frame(frame))).unwrap();
        ids.push(
            circles.iter().filter(|circle| on_a_lesion(&scene, frame, circle)).map(|circle| circle.track).collect(),
        );
    }
    let last = ids.last().unwrap();
    assert!(!last.is_empty() && last.iter().all(|id| ids[6].contains(id)), "{ids:?}");
    scanner.reset();
    let anew = scanner.track(&Arc::new(scene.frame(8))).unwrap();
    assert!(anew.iter().all(|circle| !last.contains(&circle.track)), "what was forgotten does not come back");
}

#[test]
fn a_circle_is_explained_over_its_window() {
    let scene = scene();
    let picture = scene.frame(0).pixels;
    let mut scanner = Scanner::bundled().unwrap();
    let circles = scanner.scan(&picture).unwrap();
    let circle = circles.iter().find(|circle| on_a_lesion(&scene, 0, circle)).unwrap();
    let WindowMap { square, map } = scanner.explain(&picture, circle, Method::LayerCam).unwrap();
    let found = circle.finding.circle;
    assert!(square.centre().distance(found.centre()) < found.r && square.side > 2.0 * found.r, "{square:?} {found:?}");
    assert!(map.values.iter().all(|value| value.is_finite()) && map.values.iter().any(|value| *value > 0.0));
    let refused = scanner.explain(&picture, circle, Method::Attention).unwrap_err().to_string();
    assert!(refused.contains("layer-cam"), "{refused}");
}

/// "What did my classifier take for melanoma?": what is circled as such among all classes, and nothing else.
#[test]
fn wanted_classes_are_those_that_are_called_so_among_all() {
    let picture = scene().frame(0).pixels;
    let mut all = Scanner::bundled().unwrap();
    let circles = all.scan(&picture).unwrap();
    let place = |circle: &TrackedCircle| circle.finding.clone();
    let names: std::collections::BTreeSet<&str> =
        circles.iter().map(|circle| all.class(circle).name.as_str()).collect();
    assert!(names.len() > 1, "{names:?}");
    for name in names {
        let mut settings = DetectSettings::shipped().unwrap();
        settings.scan.classes = vec![name.to_owned()];
        let mut some = Scanner::open(&ModelChoice::default(), settings).unwrap();
        let found: Vec<_> = some.scan(&picture).unwrap().iter().map(place).collect();
        let expected: Vec<_> = circles.iter().filter(|circle| all.class(circle).name == name).map(place).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_cannot_be_used_is_told_apart() {
    let mut settings = DetectSettings::shipped().unwrap();
    settings.scan.classes = vec!["freckle".to_owned()];
    let alone = ModelChoice { opinion: OpinionChoice::Nobody, ..ModelChoice::default() };
    match Scanner::open(&alone, settings) {
        Err(ScannerError::UnknownClasses { unknown, known }) => {
            assert_eq!(unknown, ["freckle"]);
            assert!(known.contains(&"melanoma".to_owned()), "{known:?}");
        }
        _ => panic!("a class that the model does not have is an error"),
    }
    let missing = ModelChoice { model: Some("no/such/model".into()), ..ModelChoice::default() };
    let refused = Scanner::open(&missing, DetectSettings::shipped().unwrap()).err().unwrap().to_string();
    assert!(refused.contains("no/such/model"), "{refused}");
}

/// Writes a skin map that takes every place for the same, by the logits of other, skin, part and lesion.
fn write_skin_map(folder: &Path, logits: [f32; 4]) {
    let constant = |shape: &[usize], value: f32| {
        Tensor::from_vec(vec![value; shape.iter().product()], shape, &Device::Cpu).unwrap()
    };
    let convolution = [("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("variance", 1.0)];
    let mut tensors: BTreeMap<String, Tensor> =
        convolution.map(|(part, value)| (format!("chain.0.{part}"), constant(&[16], value))).into();
    tensors.insert("chain.0.weight".to_owned(), constant(&[27, 16], 0.0));
    tensors.insert("kinds.weight".to_owned(), constant(&[16, 4], 0.0));
    tensors.insert("kinds.bias".to_owned(), Tensor::new(&logits, &Device::Cpu).unwrap());
    let weights = safetensors::serialize(&tensors, None).unwrap();
    let card = format!(
        r#"schema = "lesionscope-skin/1"
name = "all the same"
picture_side = 320
weights = {{ sha256 = "{}" }}
architecture = {{ side = 64, layers = [{{ conv = {{ out = 16, kernel = 3, stride = 8, padding = 1 }} }}] }}
training = {{ command = "", seed = 1, epochs = 1, data = [] }}
"#,
        checksum(&weights)
    );
    std::fs::write(folder.join("model.toml"), card).unwrap();
    std::fs::write(folder.join("weights.safetensors"), weights).unwrap();
}

#[test]
fn the_skin_map_of_a_folder_has_a_say_in_what_is_circled() {
    let picture = scene().frame(0).pixels;
    let folder = tempfile::tempdir().unwrap();
    let scan = |logits: [f32; 4]| {
        write_skin_map(folder.path(), logits);
        let choice = ModelChoice { skin: SkinChoice::Folder(folder.path().to_owned()), ..ModelChoice::default() };
        let mut scanner = Scanner::open(&choice, DetectSettings::shipped().unwrap()).unwrap();
        assert_eq!(scanner.classifier().stamp.skin.as_ref().unwrap().name, "all the same");
        scanner.scan(&picture).unwrap()
    };
    assert!(!scan([0.0, 9.0, 0.0, 0.0]).is_empty());
    assert_eq!(scan([0.0, 0.0, 9.0, 0.0]), [], "nothing but parts of bodies");
    let off_skin = scan([9.0, 0.0, 0.0, 0.0]);
    assert!(!off_skin.is_empty() && off_skin.iter().all(|circle| !circle.on_skin), "{off_skin:?}");
}

#[test]
fn a_folder_of_another_kind_is_told_apart() {
    let refused =
        |choice: ModelChoice| Scanner::open(&choice, DetectSettings::shipped().unwrap()).err().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.toml"), "schema = \"lesionscope-skin/1\"\n").unwrap();
    let skin = ModelChoice { model: Some(folder.path().to_owned()), ..ModelChoice::default() };
    let said = refused(skin);
    assert!(said.ends_with("a skin map (--skin); a classifier is needed here"), "{said}");
    let classifier = ModelChoice { skin: SkinChoice::Folder("models/small".into()), ..ModelChoice::default() };
    assert_eq!(refused(classifier), "models/small: a classifier (--model); a skin map is needed here");
}
