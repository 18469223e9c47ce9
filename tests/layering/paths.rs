//! The paths that a source file names: in imports with their groups, in what it passes on (`pub use`), and in expressions.

use std::collections::BTreeMap;

/// A path, part by part.
pub(crate) type Parts = Vec<String>;

/// What a file names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// What it imports, and what its expressions reach for.
    pub(crate) used: Vec<Parts>,
    /// What it passes on, each with the name that others find it under.
    pub(crate) passed_on: Vec<(String, Parts)>,
}

/// The module that a file is, from the root of the crate on; that of `lib.rs` is the root itself.
pub(crate) fn module(place: &str) -> Parts {
    let mut parts: Parts = place.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || place == "lib.rs") {
        parts.pop();
    }
    parts
}

/// Reads the text of a file, of which the tests at its end have been cut off.
pub(crate) fn names(text: &str) -> Names {
    let tokens = tokens(text);
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let (mut names, mut at, mut public) = (Names::default(), 0, false);
    while at < tokens.len() {
        match word(at) {
            "pub" => {
                // What stands in the brackets says who may import, and imports nothing.
                let brackets = if word(at + 1) == "(" { tokens[at..].iter().position(|t| t == ")") } else { None };
                at += brackets.unwrap_or(0) + 1;
                public = word(at) == "use";
            }
            // In `impl Fn() + use<'a>` it imports nothing.
            "use" if word(at + 1) != "<" => {
                at += 1;
                let mut found = Vec::new();
                tree(&tokens, &mut at, &[], &mut found);
                match std::mem::take(&mut public) {
                    true => names.passed_on.extend(found),
                    false => names.used.extend(found.into_iter().map(|(_, path)| path)),
                }
            }
            first => {
                let begins = is_word(first) && (at == 0 || !["::", "."].contains(&word(at - 1)));
                let mut path = vec![first.to_owned()];
                while begins && word(at + 1) == "::" && is_word(word(at + 2)) {
                    path.push(word(at + 2).to_owned());
                    at += 2;
                }
                if path.len() > 1 {
                    names.used.push(path);
                }
                at += 1;
            }
        }
    }
    names
}

/// Takes an import apart, groups within groups too: every path with the name that it gets.
fn tree(tokens: &[String], at: &mut usize, before: &[String], found: &mut Vec<(String, Parts)>) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at).map(String::as_str) {
        match token {
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|token| token != "}" && token != ";") {
                    tree(tokens, at, &path, found);
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token == ","));
                }
                *at += 1;
                return;
            }
            "as" => {
                found.extend(tokens.get(*at + 1).map(|name| (name.clone(), path)));
                *at += 2;
                return;
            }
            "," | "}" | ";" => break,
            "::" => *at += 1,
            // Of a group `a::{self, b}` the first is `a`.
            "self" if !path.is_empty() => *at += 1,
            part => {
                path.push(part.to_owned());
                *at += 1;
            }
        }
    }
    found.extend(path.last().cloned().map(|name| (name, path)));
}

fn is_word(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Words, `::` and other marks of a text, without its comments and strings.
fn tokens(text: &str) -> Vec<String> {
    let (mut rest, mut tokens) = (text, Vec::new());
    while let Some(letter) = rest.chars().next() {
        let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let length = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted(rest),
            '\'' => character(rest),
            'r' | 'b' if ["r\"", "r#", "br\"", "br#"].iter().any(|start| rest.starts_with(start)) => raw(rest),
            ':' if rest.starts_with("::") => 2,
            _ => word.max(letter.len_utf8()),
        };
        let token = &rest[..length];
        if is_word(token) && length == word || ["::", ":"].contains(&token) || "{}();,.*<>=".contains(token) {
            tokens.push(token.to_owned());
        }
        rest = &rest[length..];
    }
    tokens
}

/// Length of a string that may hold quotes behind backslashes.
fn quoted(text: &str) -> usize {
    let mut escaped = true;
    let end = text.find(|letter: char| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

/// Length of a string such as `r#"..."#`.
fn raw(text: &str) -> usize {
    let Some(start) = text.find('"') else { return text.len() };
    let end = format!("\"{}", "#".repeat(text[..start].matches('#').count()));
    text[start + 1..].find(&end).map_or(text.len(), |at| start + 1 + at + end.len())
}

/// Length of a character in its marks; of the mark alone, where it begins the name of a lifetime.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next(), letters.next()) {
        (Some((_, '\\')), Some(_), Some((after, _))) => text[after..].find('\'').map_or(1, |end| after + end + 1),
        (Some(_), Some((end, '\'')), _) => end + 1,
        _ => 1,
    }
}

/// A path that a module names as one from the root of the crate; `None` for one that leads out of the crate.
pub(crate) fn absolute(files: &BTreeMap<Parts, Names>, module: &[String], path: &[String]) -> Option<Parts> {
    let first = path.first()?;
    let ups = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match first.as_str() {
        "crate" | "lesionscope" => (&[][..], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len().checked_sub(ups)?], &path[ups..]),
        // A child is called by its name alone.
        _ if files.contains_key(&[module, &path[..1]].concat()) => (module, path),
        _ => return None,
    };
    Some([base, rest].concat())
}
