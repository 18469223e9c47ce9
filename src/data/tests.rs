use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::record::{PictureId, Record};
use super::sides::sides;
use super::*;
use crate::model::{Class, ClassKind};

fn classes() -> Vec<Class> {
    let class = |name: &str| Class { name: name.into(), kind: ClassKind::Lesion, suspicious: name == "melanoma" };
    vec![class("nevus"), class("melanoma")]
}

/// Files that stand for pictures, so many a class, each with content of its own.
fn folder(root: &Path, count: usize) {
    for class in ["nevus", "melanoma"] {
        fs::create_dir_all(root.join(class)).unwrap();
        for i in 0..count {
            fs::write(root.join(class).join(format!("img {i}.jpg")), format!("{class} {i} {}", root.display()))
                .unwrap();
        }
    }
}

fn split(data: &Data) -> BTreeMap<String, Side> {
    let found = sides(data, &Record::default()).unwrap();
    data.rows.iter().map(|row| row.group.clone()).zip(found.sides).collect()
}

#[test]
fn groups_and_sides_do_not_depend_on_how_the_folder_is_named() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("data");
    folder(&place, 12);
    let expect = split(&Data::open(&place).unwrap());
    assert!(expect.contains_key("melanoma/img 8.jpg"), "{expect:?}");
    let mut ways = vec![place.join(""), place.join("."), root.path().join("./data/"), root.path().join("data/../data")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&place, root.path().join("link")).unwrap();
        ways.push(root.path().join("link"));
    }
    for way in ways {
        assert_eq!(split(&Data::open(&way).unwrap()), expect, "{}", way.display());
    }
    // Elsewhere it is the same split, and files that are added change nothing.
    let moved = root.path().join("moved");
    fs::rename(&place, &moved).unwrap();
    assert_eq!(split(&Data::open(&moved).unwrap()), expect);
    fs::write(moved.join("nevus/later.jpg"), "later").unwrap();
    let later = split(&Data::open(&moved).unwrap());
    assert!(expect.iter().all(|(group, side)| later[group] == *side));
}

#[test]
fn every_class_is_learnt_from_and_chosen_by_and_copies_stand_on_one_side() {
    let root = tempfile::tempdir().unwrap();
    for count in [2, 3, 12] {
        let place = root.path().join(count.to_string());
        folder(&place, count);
        let found = split(&Data::open(&place).unwrap());
        for class in ["nevus", "melanoma"] {
            let on = |side: Side| found.iter().filter(|(group, s)| group.starts_with(class) && **s == side).count();
            assert!(on(Side::Train) > 0 && on(Side::Development) > 0, "{count} {class}: {found:?}");
        }
        for i in 0..count {
            let copy = format!("nevus/copy {i}.jpg");
            fs::copy(place.join(format!("nevus/img {i}.jpg")), place.join(&copy)).unwrap();
            let found = split(&Data::open(&place).unwrap());
            assert_eq!(found[&format!("nevus/img {i}.jpg")], found[&copy], "{count} {i}");
        }
    }
}

#[test]
fn copies_across_a_split_that_the_data_names_are_taken_to_the_training_side() {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in [("a.jpg", "same"), ("b.jpg", "same"), ("c.jpg", "other")] {
        fs::write(root.path().join(name), content).unwrap();
    }
    let manifest = "path,class,split\na.jpg,nevus,train\nb.jpg,nevus,val\nc.jpg,nevus,Validation\n";
    fs::write(root.path().join("manifest.csv"), manifest).unwrap();
    let data = Data::open(root.path()).unwrap();
    let found = sides(&data, &Record::default()).unwrap();
    assert_eq!(found.sides, [Side::Train, Side::Train, Side::Development]);
    assert!(found.notes[0].contains("1 picture, copies of what is learnt from"), "{:?}", found.notes);
}

#[test]
fn what_was_trained_on_is_known_again_wherever_it_lies_and_whatever_it_is_called() {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("data");
    folder(&place, 12);
    let data = TrainingData::open(&place, (&classes(), &Naming::default()), &Record::default()).unwrap();
    let record = data.record(&data.items);
    let record: Record = serde_json::from_str(&record.to_json().unwrap()).unwrap();
    let trained = data.items.iter().filter(|item| item.side == Side::Train).count();
    let known = |place: &Path| {
        let rows = Data::open(place).unwrap().rows;
        let contents: Vec<PictureId> = rows.iter().map(|row| PictureId::of(&row.path)).collect();
        let known = record.known(&rows, &contents);
        (known.trained.iter().filter(|trained| **trained).count(), rows.len(), known.validation)
    };
    assert_eq!(known(&place), (trained, 24, true));
    let moved = root.path().join("elsewhere");
    fs::rename(&place, &moved).unwrap();
    for i in 0..12 {
        fs::rename(moved.join(format!("nevus/img {i}.jpg")), moved.join(format!("nevus/renamed {i}.jpg"))).unwrap();
    }
    assert_eq!(known(&moved), (trained, 24, true));
    fs::write(moved.join("nevus/new.jpg"), "new").unwrap();
    assert_eq!(known(&moved), (trained, 25, false), "not all others are of the validation side");
    let other = root.path().join("other");
    folder(&other, 12);
    assert_eq!(known(&other), (0, 24, false), "the same names are not the same pictures");
}

#[test]
fn other_pictures_of_a_patient_that_was_trained_on_are_known() {
    let root = tempfile::tempdir().unwrap();
    let row = |name: &str, source: &str| Row {
        path: root.path().join(name),
        mask: None,
        class: "nevus".into(),
        group: "patient 1".into(),
        grouped: true,
        source: source.into(),
        licence: String::new(),
        side: None,
        skin_type: None,
    };
    fs::write(root.path().join("a.jpg"), "a").unwrap();
    fs::write(root.path().join("b.jpg"), "b").unwrap();
    let record_of = |source: &str| {
        let rows = vec![row("a.jpg", source)];
        let contents = vec![PictureId::of(&rows[0].path)];
        Record::new(&rows, &Split { sides: vec![Side::Train], contents, notes: Vec::new() }, &|_| true)
    };
    let trained = |record: &Record, names: &[&str], source: &str| {
        let rows: Vec<Row> = names.iter().map(|name| row(name, source)).collect();
        let contents: Vec<PictureId> = rows.iter().map(|row| PictureId::of(&row.path)).collect();
        record.known(&rows, &contents).trained
    };
    assert_eq!(trained(&record_of("clinic"), &["b.jpg"], "clinic"), [true], "the clinic's own number");
    assert_eq!(trained(&record_of("clinic"), &["b.jpg"], "other"), [false]);
    assert_eq!(trained(&record_of("unnamed"), &["b.jpg"], "unnamed"), [false], "anybody's patient 1");
    assert_eq!(trained(&record_of("unnamed"), &["a.jpg", "b.jpg"], "unnamed"), [true, true], "of the same data");
    let text = record_of("clinic").to_json().unwrap();
    assert!(!text.contains("patient"), "{text}");
}

#[test]
fn unknown_classes_are_an_error_that_helps_unless_something_is_said() {
    let root = tempfile::tempdir().unwrap();
    folder(root.path(), 2);
    fs::rename(root.path().join("nevus"), root.path().join("nevus_common")).unwrap();
    fs::write(root.path().join("loose.jpg"), "loose").unwrap();
    let apply = |naming: &Naming| {
        let mut data = Data::open(root.path()).unwrap();
        naming.apply(&mut data, &classes()).map(|()| data).map_err(|error| error.to_string())
    };
    let why = apply(&Naming::default()).unwrap_err();
    for word in
        ["2 of 5 pictures", "nevus_common (2)", "--map 'nevus_common=nevus'", "--skip-unknown", "nevus, melanoma"]
    {
        assert!(why.contains(word), "{word}: {why}");
    }
    let map = |to: &str| Naming { map: BTreeMap::from([("nevus_common".into(), to.into())]), skip_unknown: false };
    let data = apply(&map("nevus")).unwrap();
    assert_eq!(data.rows.iter().filter(|row| row.class == "nevus").count(), 2);
    assert!(data.left_out.is_empty());
    let why = apply(&map("melanom")).unwrap_err();
    assert!(why.contains("did you mean melanoma?"), "{why}");
    let data = apply(&Naming { skip_unknown: true, ..Naming::default() }).unwrap();
    assert_eq!(data.rows.len(), 3, "the one without a class stays");
    assert!(
        data.left_out[0].contains("2 of 5") && data.left_out[0].contains("nevus_common (2)"),
        "{:?}",
        data.left_out
    );
}

#[test]
fn what_is_passed_over_in_a_folder_is_counted_and_named() {
    let root = tempfile::tempdir().unwrap();
    folder(root.path(), 2);
    for name in ["nevus/._img 0.jpg", "nevus/.DS_Store", "nevus/notes.txt", "nevus/film.mp4", "README.md"] {
        fs::write(root.path().join(name), "x").unwrap();
    }
    for name in ["__MACOSX", ".ipynb_checkpoints", "nevus/patient 1", "hidden/._x"] {
        fs::create_dir_all(root.path().join(name)).unwrap();
    }
    let data = Data::open(root.path()).unwrap();
    assert_eq!(data.rows.len(), 4);
    let said = data.left_out.join("\n");
    for word in [
        "5 things that systems leave behind",
        "nevus/._img 0.jpg",
        "1 folder within",
        "nevus/patient 1",
        "3 files that are no pictures",
        "notes.txt",
        "1 folder without a picture (hidden)",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn manifests_as_spreadsheets_write_them_say_the_same() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    fs::write(root.path().join("a/1.jpg"), "1").unwrap();
    fs::write(root.path().join("2.jpg"), "2").unwrap();
    let rows = |text: &str| {
        fs::write(root.path().join("m.tsv"), text).unwrap();
        Data::open(&root.path().join("m.tsv")).map_err(|error| error.to_string())
    };
    let expect =
        rows("path\tclass\tsplit\na/1.jpg\tnevus\ttrain\n2.jpg\tmelanoma\tval\ngone.jpg\tnevus\tval\n").unwrap();
    assert_eq!((expect.rows.len(), expect.missing.len()), (2, 1));
    assert!(
        expect.left_out[0].contains("1 listed picture that is not there") && expect.left_out[0].contains("gone.jpg")
    );
    for text in [
        "path,class,split\r\na/1.jpg,nevus,train\r\n2.jpg,melanoma,val\r\ngone.jpg,nevus,val\r\n",
        "\u{feff}\"Path\";\"Class\";\"Split\"\r\n\"./a/1.jpg\";\"nevus\";\"Train\"\r\n\"2.jpg\";\"melanoma\";\"test\"\r\n\"gone.jpg\";nevus;val\r\n;;\r\n",
        "path\tclass\tsplit\na\\1.jpg\tnevus\ttraining\n2.jpg\tmelanoma\tvalidation\ngone.jpg\tnevus\tval",
    ] {
        let data = rows(text).unwrap();
        let told = |data: &Data| -> Vec<_> {
            data.rows.iter().map(|row| (row.group.clone(), row.class.clone(), row.side)).collect()
        };
        assert_eq!(told(&data), told(&expect), "{text}");
        assert!(data.rows.iter().all(|row| row.path.is_file()));
    }
    for (text, word) in [
        ("path\tclass\tsplits\n", "did you mean split?"),
        ("path\tclass\tsplit\na/1.jpg\tnevus\tleft\n", "line 2: \"left\""),
        ("path\tclass\n2.jpg\tnevus\n./2.jpg\tmelanoma\n", "lines 2 and 3"),
        ("path\tclass\n\tnevus\n", "line 2: no path"),
        ("path\tclass\ngone.jpg\tnevus\n", "none of its 1 pictures is there"),
        ("path class\n", "line 1 must name the columns"),
        ("", "line 1 must name the columns"),
    ] {
        let why = rows(text).err().unwrap();
        assert!(why.contains(word), "{why}");
    }
}
