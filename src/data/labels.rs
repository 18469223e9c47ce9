//! Names of a classifier's classes, in the many forms in which people and programs write them down.

use std::path::Path;

use serde_json::Value;

use super::error::DataError;
use super::json::json;
use crate::files;

/// Words that head a column of names or numbers.
const HEADINGS: [&str; 19] = [
    "class",
    "classes",
    "classname",
    "class_name",
    "label",
    "labels",
    "labelname",
    "label_name",
    "name",
    "names",
    "category",
    "index",
    "idx",
    "id",
    "no",
    "nr",
    "number",
    "#",
    "",
];

/// What stands between a number and a name.
const MARKS: [char; 8] = [',', ';', ':', '\t', '.', ')', '=', '-'];

/// Reads a file with the names of classes in the order of a classifier's output: one a line, with or without numbers (`4 mel`, `4: mel`, `mel,4`), a
/// list in one line, or JSON (`["akiec", ...]`, `{"mel": 4, ...}` as Keras writes it, `{"4": "mel", ...}`).
///
/// # Errors
/// When it cannot be read, or is not clear: a name that is empty or stands there twice, numbers that do not count. The sentence names the line.
pub fn labels(path: &Path) -> Result<Vec<String>, DataError> {
    let text = files::text(path).map_err(|error| DataError::unreadable(path, error))?;
    parse(&text).map_err(|what| DataError::content(path, what))
}

/// A name, with its number where it has one, and the line that it stands on.
struct Entry {
    line: usize,
    number: Option<usize>,
    name: String,
}

fn parse(text: &str) -> Result<Vec<String>, String> {
    let text = &*files::visible(text);
    let start = text.trim_start();
    let entries = if start.starts_with(['{', '[']) { entries(text)? } else { lines(text)? };
    if entries.is_empty() {
        return Err("holds no name; the names of the classes, one a line, would do".to_owned());
    }
    for (at, entry) in entries.iter().enumerate() {
        if entry.name.is_empty() {
            return Err(format!("{}an empty name", place(entry)));
        }
        if entry.name.chars().any(char::is_control) {
            return Err(format!("{}the name {:?} holds control characters", place(entry), entry.name));
        }
        let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
        if let Some(before) = entries.iter().take(at).find(|other| plain(&other.name) == plain(&entry.name)) {
            return Err(match entry.line {
                0 => format!("the name {:?} stands there twice", entry.name),
                line => format!("lines {} and {line} both name {:?}", before.line, entry.name),
            });
        }
    }
    ordered(entries)
}

fn place(entry: &Entry) -> String {
    if entry.line == 0 { String::new() } else { format!("line {}: ", entry.line) }
}

/// The names in the order of their numbers, which count from 0 or from 1; without numbers, as they stand there.
fn ordered(mut entries: Vec<Entry>) -> Result<Vec<String>, String> {
    let count = entries.len();
    if entries.iter().all(|entry| entry.number.is_none()) {
        return Ok(entries.into_iter().map(|entry| entry.name).collect());
    }
    entries.sort_by_key(|entry| entry.number);
    let counts_from = |first: usize| entries.iter().enumerate().all(|(at, entry)| entry.number == Some(at + first));
    if counts_from(0) || counts_from(1) {
        return Ok(entries.into_iter().map(|entry| entry.name).collect());
    }
    let twice = entries.windows(2).find(|pair| pair[0].number == pair[1].number);
    let what = match twice {
        Some([a, b]) => {
            format!("the number {} belongs to {:?} and to {:?}", a.number.unwrap_or_default(), a.name, b.name)
        }
        _ => format!("the numbers of its {count} names do not count from 0 to {} or from 1 to {count}", count - 1),
    };
    Err(format!("{what}; numbers say which output is which class (quotes around a name keep a number in it)"))
}

fn lines(text: &str) -> Result<Vec<Entry>, String> {
    let all: Vec<&str> = text.trim_end().split('\n').map(trimmed).collect();
    let listed = all.len() > 1 && all.iter().skip(1).all(|line| line.starts_with("- "));
    let mut lines: Vec<(usize, &str)> = (1..)
        .zip(all)
        .map(|(n, line)| (n, if listed { trimmed(line.trim_start_matches("- ")) } else { line }))
        .collect();
    lines.retain(|(_, line)| !line.starts_with("# "));
    if lines.len() > 1 && lines.first().is_some_and(|(_, line)| is_heading(line)) {
        lines.remove(0);
    }
    if let Some((number, _)) = lines.iter().find(|(_, line)| line.is_empty()) {
        return match lines.as_slice() {
            [_] => Ok(Vec::new()),
            _ => Err(format!("line {number} is empty; every line names a class")),
        };
    }
    if let [(line, only)] = lines.as_slice()
        && let Some(mark) = [',', ';', '\t'].into_iter().find(|mark| only.contains(*mark))
    {
        let names = only.split(mark).map(|name| Entry { line: *line, number: None, name: unquoted(name).to_owned() });
        return Ok(names.collect());
    }
    let numbered: Vec<Option<(usize, &str)>> = lines.iter().map(|(_, line)| numbered(line)).collect();
    let how_many = numbered.iter().flatten().count();
    if how_many > 0 && how_many < lines.len() {
        let (line, text) =
            lines.iter().zip(&numbered).find(|(_, one)| one.is_some()).map_or((0, ""), |(line, _)| *line);
        return Err(format!(
            "line {line} ({text:?}) has a number, others have none; number all names or none (quotes around a name keep a number in it)"
        ));
    }
    let columns = |mark: char| {
        lines.iter().all(|(_, line)| !line.starts_with('"') && trimmed(line.trim_end_matches(',')).contains(mark))
    };
    if how_many == 0 && lines.len() > 1 && ['\t', ';', ','].into_iter().any(columns) {
        return Err("every line has several columns; one name a line, or a number and a name, would do".to_owned());
    }
    let entry = |((line, text), numbered): (&(usize, &str), &Option<(usize, &str)>)| match numbered {
        Some((number, name)) => Entry { line: *line, number: Some(*number), name: unquoted(name).to_owned() },
        None => Entry { line: *line, number: None, name: unquoted(text).to_owned() },
    };
    Ok(lines.iter().zip(&numbered).map(entry).collect())
}

/// Without blanks and what cannot be seen at either end.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || files::is_unseen(letter))
}

/// A name without the quotes around it, and without the comma of a list behind it.
fn unquoted(text: &str) -> &str {
    let text = trimmed(text);
    let text = text.strip_suffix(',').map_or(text, trimmed);
    let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    trimmed(inner.unwrap_or(text))
}

/// Whether every cell of a line heads a column.
fn is_heading(line: &str) -> bool {
    line.trim_end_matches(':')
        .split([',', ';', '\t'])
        .all(|cell| HEADINGS.contains(&unquoted(cell).to_lowercase().as_str()))
}

/// The number and the name of a line that has both: the number first, or behind a mark. A quoted line is a name.
fn numbered(line: &str) -> Option<(usize, &str)> {
    let digits = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(line.len());
    let (number, rest) = line.split_at(digits);
    if let Ok(number) = number.parse() {
        let name = trimmed(rest);
        let name = name.strip_prefix(MARKS).map_or(name, trimmed);
        // `2nd_degree` is a name.
        let apart = rest.starts_with(|letter: char| letter.is_whitespace() || MARKS.contains(&letter));
        return (apart && !name.is_empty()).then_some((number, name));
    }
    let (name, number) = line.rsplit_once([',', ';', ':', '\t', '='])?;
    let quoted = name.starts_with('"') && !name.ends_with('"');
    let number = unquoted(number).parse().ok()?;
    (!quoted && !trimmed(name).is_empty()).then_some((number, trimmed(name)))
}

fn entries(text: &str) -> Result<Vec<Entry>, String> {
    // Python prints its lists and dictionaries with other quotes.
    let text = if text.contains('"') { text.to_owned() } else { with_quoted_keys(&text.replace('\'', "\"")) };
    let value = json(&text).map_err(|error| {
        format!("is no JSON of labels ({error}); a list of names, or names with their numbers, would do")
    })?;
    of_json(value)
}

/// A dictionary with quotes around its numbers, as JSON has them: `{0: "mel"}` becomes `{"0": "mel"}`.
fn with_quoted_keys(text: &str) -> String {
    let (mut made, mut rest) = (String::new(), text);
    let (mut inside, mut before) = (false, ' ');
    while let Some(letter) = rest.chars().next() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let number = if inside { 0 } else { digits };
        let (part, after) = rest.split_at(if number > 0 { number } else { letter.len_utf8() });
        let is_key = number > 0 && matches!(before, '{' | ',') && after.trim_start().starts_with(':');
        made += &if is_key { format!("\"{part}\"") } else { part.to_owned() };
        inside ^= letter == '"';
        if !letter.is_whitespace() {
            before = letter;
        }
        rest = after;
    }
    made
}

fn of_json(value: Value) -> Result<Vec<Entry>, String> {
    match value {
        Value::Array(names) => names
            .into_iter()
            .map(|name| match name {
                Value::String(name) => Ok(Entry { line: 0, number: None, name: trimmed(&name).to_owned() }),
                other => Err(format!("{other} is no name of a class")),
            })
            .collect(),
        Value::Object(mut pairs) => {
            let inner = ["names", "classes", "labels", "class_indices", "id2label", "label2id"];
            let inner = inner.into_iter().find(|key| pairs.get(*key).is_some_and(|v| v.is_object() || v.is_array()));
            match inner.and_then(|key| pairs.remove(key)) {
                Some(value) => of_json(value),
                None => pairs.iter().map(|(key, value)| pair(key, value)).collect(),
            }
        }
        other => Err(format!("{other} is no list of names")),
    }
}

/// `"mel": 4` or `"4": "mel"`.
fn pair(key: &str, value: &Value) -> Result<Entry, String> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let (number, name) = match (value, number(key)) {
        (Value::Number(index), _) => (index.as_u64().and_then(|index| usize::try_from(index).ok()), key),
        (Value::String(name), Some(index)) => (Some(index), name.as_str()),
        (Value::String(index), None) => (number(index), key),
        _ => (None, key),
    };
    match number {
        Some(number) => Ok(Entry { line: 0, number: Some(number), name: trimmed(name).to_owned() }),
        None => {
            Err(format!("{key:?}: {value} is not a name and its number; {{\"mel\": 4}} or {{\"4\": \"mel\"}} would be"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_come_out_of_every_form() {
        let expect = ["akiec", "basal cell", "mel", "nv"];
        for text in [
            "akiec\nbasal cell\nmel\nnv\n",
            "akiec  \n basal cell\nmel\nnv\n\n\n",
            "class\nakiec\nbasal cell\nmel\nnv",
            "0 akiec\n1 basal cell\n2 mel\n3 nv",
            "1. akiec\n2. basal cell\n3. mel\n4. nv",
            "2: mel\n0: akiec\n3: nv\n1: basal cell\n",
            "0,akiec\n1,basal cell\n2,mel\n3,nv",
            "index,class\n0,akiec\n1,basal cell\n2,mel\n3,nv",
            "label\tid\nakiec\t0\nbasal cell\t1\nmel\t2\nnv\t3",
            "\"label\";\"id\"\n\"akiec\";0\n\"basal cell\";1\n\"mel\";2\n\"nv\";\"3\"",
            ",class\n0,akiec\n1,basal cell\n2,mel\n3,nv",
            "0 - akiec\n1 - basal cell\n2 - mel\n3 - nv",
            "akiec, basal cell, mel, nv\n",
            "\"akiec\",\n'basal cell',\n\"mel\",\n\"nv\"\n",
            "names:\n  - akiec\n  - basal cell\n  - mel\n  - nv\n",
            "names:\n  0: akiec\n  1: basal cell\n  2: mel\n  3: nv\n",
            "[\"akiec\", \"basal cell\", \"mel\", \"nv\"]",
            "['akiec', 'basal cell', 'mel', 'nv']",
            "{\"mel\": 2, \"akiec\": 0, \"nv\": 3, \"basal cell\": 1}",
            "{'akiec': 0, 'basal cell': 1, 'mel': 2, 'nv': 3}",
            "{\"2\": \"mel\", \"0\": \"akiec\", \"3\": \"nv\", \"1\": \"basal cell\"}",
            "{\"id2label\": {\"0\": \"akiec\", \"1\": \"basal cell\", \"2\": \"mel\", \"3\": \"nv\"}, \"other\": 1}",
            "\u{200b}akiec\u{feff}\nbasal cell\u{a0}\nmel\nnv",
            "a\u{200b}kiec\nbasal\u{ad} cell\n\u{202e}mel\u{202c}\nnv",
            "{0: 'akiec', 1: 'basal cell', 2: 'mel', 3: 'nv'}",
            "{ 2 : 'mel',\n 0 : 'akiec', 3:'nv', 1: 'basal cell'}",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expect.map(str::to_owned).as_slice()), "{text:?}");
        }
        for names in [["stage 1", "stage 2"], ["2nd degree", "nevus, common"], ["0", "1"], ["non-melanoma", "melanoma"]]
        {
            assert_eq!(parse(&names.join("\n")).unwrap(), names);
        }
        assert_eq!(parse("\"3 or more\"\nnv").unwrap(), ["3 or more", "nv"]);
    }

    #[test]
    fn what_is_not_clear_is_refused_with_its_line() {
        for (text, word) in [
            ("mel\n\nnv\n", "line 2 is empty"),
            ("mel\nnv\nMEL\n", "lines 1 and 3"),
            ("mel\nnv\nm\u{200b}el\n", "lines 1 and 3"),
            ("mel\n\"\"\nnv", "line 2: an empty name"),
            ("mel\n4 nv\nbcc", "line 2"),
            ("0 mel\n1 nv\n1 bcc", "\"nv\" and to \"bcc\""),
            ("0 mel\n2 nv\n3 bcc", "do not count"),
            ("mel\tmelanoma\nnv\tnevus", "several columns"),
            ("m\u{1b}[31m\nnv", "control"),
            ("", "holds no name"),
            ("\n\n", "holds no name"),
            ("{\"mel\": 1, \"mel\": 0}", "twice"),
            ("{\"0\": \"mel\", \"0\": \"nv\"}", "twice"),
            ("{\"mel\": [1]}", "\"mel\""),
            ("[\"mel\", 3]", "3 is no name"),
            ("{\"mel\": 0,", "no JSON"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(word), "{text:?}: {why}");
        }
    }
}
