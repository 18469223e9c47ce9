//! Names in a model description: of the model and of its classes. They are printed, drawn and made into file names.

use std::collections::BTreeSet;

use super::class::Class;
use crate::printable;

/// Letters that a name may have: far more than one that fits beside a circle.
const LONGEST: usize = 200;
/// Classes of a model: far more than a data set of lesions has.
pub const MOST: usize = 1000;

/// What is wrong with the names of classes, in one sentence; `None` when nothing is.
pub fn problem(classes: &[Class]) -> Option<String> {
    if classes.len() > MOST {
        return Some(format!("{} classes; at most {MOST} are taken", classes.len()));
    }
    let mut seen = BTreeSet::new();
    classes.iter().enumerate().find_map(|(index, class)| {
        let number = index + 1;
        let name = class.name.trim();
        if name.is_empty() {
            return Some(format!("class {number} has no name; every class needs one of its own"));
        }
        if !seen.insert(name) {
            return Some(format!(
                "two classes are called \"{}\"; every class needs a name of its own",
                printable(name)
            ));
        }
        one(name).map(|what| format!("class {number} {what}"))
    })
}

/// What is wrong with a name by itself, as what follows what it is the name of.
pub fn one(name: &str) -> Option<String> {
    if name.chars().count() > LONGEST {
        return Some(format!("has a name of {} letters; at most {LONGEST} are taken", name.chars().count()));
    }
    let leads =
        name.starts_with(['/', '\\']) || name.contains('\0') || name.split(['/', '\\']).any(|part| part == "..");
    leads.then(|| {
        format!("is called \"{}\", which leads elsewhere as a path; a name without \"..\", without a leading / and without NUL would do", printable(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClassKind;

    fn classes(names: &[&str]) -> Vec<Class> {
        let class = |name: &&str| Class { name: (*name).to_owned(), kind: ClassKind::Lesion, suspicious: false };
        names.iter().map(class).collect()
    }

    #[test]
    fn names_that_lead_elsewhere_are_empty_or_doubled_are_refused_in_one_line() {
        for (names, wanted) in [
            (["nevus", "../ESCAPED"], "class 2 is called \"../ESCAPED\", which leads elsewhere"),
            (["/etc/passwd", "nevus"], "class 1 is called \"/etc/passwd\""),
            (["nevus", "a\\..\\b"], "leads elsewhere"),
            (["nevus", "a\0b"], "\"a\\u{0}b\", which leads elsewhere"),
            (["nevus", " "], "class 2 has no name"),
            (["nevus", "nevus "], "two classes are called \"nevus\""),
            (["\x1b[2J", "\x1b[2J"], "\"\\u{1b}[2J\""),
        ] {
            let sentence = problem(&classes(&names)).unwrap();
            assert!(sentence.contains(wanted) && !sentence.chars().any(char::is_control), "{sentence}");
        }
        assert!(problem(&classes(&["nevus", &"n".repeat(LONGEST + 1)])).unwrap().contains("201 letters"));
    }

    #[test]
    fn names_of_data_sets_are_taken() {
        let names = ["nevus", "Mélanome (in situ)", "benign/unclear", "黒色腫", "a..b", "unknown..."];
        assert_eq!(problem(&classes(&names)), None);
    }
}
