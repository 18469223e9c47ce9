//! What the user named: a file or a stream; and how it is shown, so that nobody reads its secrets.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::pictures::EXTENSIONS;
use crate::source::SourceError;

/// A kind of address that is understood.
#[derive(Debug)]
pub(super) struct Scheme {
    /// Before `://`, in small letters.
    name: &'static str,
    /// What libav calls it.
    libav: &'static str,
    /// What libav may use to read it; `None`: it lets the address decide, and never opens files for it.
    pub(super) protocols: Option<&'static str>,
    /// Whether an end is a break in the connection.
    endless: bool,
}

const fn scheme(name: &'static str, protocols: Option<&'static str>, endless: bool) -> Scheme {
    Scheme { name, libav: name, protocols, endless }
}

/// Kinds of addresses. Those that bring bytes of any format have their protocols named.
const SCHEMES: [Scheme; 15] = [
    scheme("rtsp", None, true),
    scheme("rtsps", None, true),
    scheme("http", None, false),
    scheme("https", None, false),
    scheme("rtmp", None, true),
    scheme("rtmps", None, true),
    scheme("rtp", None, true),
    scheme("srtp", None, true),
    scheme("udp", Some("udp"), true),
    scheme("tcp", Some("tcp"), true),
    scheme("tls", Some("tls,tcp"), true),
    scheme("srt", Some("srt"), true),
    Scheme { libav: "mmsh", ..scheme("mms", Some("mmsh,http,https,httpproxy,tcp,tls"), false) },
    scheme("ftp", Some("ftp,tcp"), false),
    scheme("sftp", Some("sftp"), false),
];

/// What stands for what is not shown.
const HIDDEN: &str = "…";

/// A file or a stream, and how to name it to people.
#[derive(Clone)]
pub(in crate::source) struct Address {
    target: String,
    shown: String,
    scheme: Option<&'static Scheme>,
}

impl Address {
    /// Sorts out what was named. Whatever has a scheme is an address, never a file; `file://` names a file.
    ///
    /// # Errors
    /// A sentence, without the secrets of the address, when it is of no kind that is understood or cannot be taken apart.
    pub(in crate::source) fn new(word: &str) -> Result<Address, SourceError> {
        let Some((scheme, rest)) = parts(word) else {
            return Ok(Address { target: word.to_owned(), shown: word.to_owned(), scheme: None });
        };
        let refused = |why: String| SourceError::Unusable(format!("{}: {why}", shown(&scheme, rest)));
        if scheme == "file" {
            let path = file_path(rest).map_err(refused)?;
            return Ok(Address { target: path.clone(), shown: path, scheme: None });
        }
        let Some(known) = SCHEMES.iter().find(|known| known.name == scheme) else {
            let names: Vec<&str> = SCHEMES.iter().map(|known| known.name).collect();
            return Err(refused(format!(
                "addresses that begin with {scheme}:// are not understood; those with {} and file are, and a file of such a name is named \
                 by ./ before it",
                names.join(", ")
            )));
        };
        if rest.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
            return Err(refused("an address has no blanks or control characters; %20 stands for a blank".to_owned()));
        }
        let rest = reachable(rest).map_err(|why| refused(why.to_owned()))?;
        // A fragment is never sent to the server.
        let pattern = known.name.starts_with("http") && is_taken_for_a_row(&rest);
        let more = if pattern { "#picture" } else { "" };
        Ok(Address {
            target: format!("{}://{rest}{more}", known.libav),
            shown: shown(&scheme, &rest),
            scheme: Some(known),
        })
    }

    /// For libav: the path, or the address with its secrets.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// The kind of address, when it is a stream.
    pub(super) fn scheme(&self) -> Option<&'static Scheme> {
        self.scheme
    }

    /// Whether it comes over the network.
    pub(super) fn is_stream(&self) -> bool {
        self.scheme.is_some()
    }

    /// Whether the stream has no end of its own: an end is a break in the connection.
    pub(super) fn is_endless(&self) -> bool {
        self.scheme.is_some_and(|scheme| scheme.endless)
    }

    /// Whether the server may end what it sends by closing the connection.
    pub(super) fn may_just_close(&self) -> bool {
        self.scheme.is_some_and(|scheme| scheme.name.starts_with("http"))
    }

    /// The path, when it is a file.
    pub(in crate::source) fn file(&self) -> Option<PathBuf> {
        (!self.is_stream()).then(|| PathBuf::from(&self.target))
    }

    /// For sentences: the path, or the address without user, password and the values that it hands over.
    pub(in crate::source) fn shown(&self) -> String {
        self.shown.clone()
    }

    /// Short, for labels: the file's name, or as [`Address::shown`].
    pub(super) fn name(&self) -> String {
        let name = Path::new(&self.target).file_name().map(|name| name.to_string_lossy().into_owned());
        name.filter(|_| !self.is_stream()).unwrap_or_else(|| self.shown())
    }

    /// Fit for a folder or file name.
    pub(super) fn stem(&self) -> String {
        let base = match self.file() {
            Some(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            None => self.shown.split_once("://").map(|(_, rest)| rest.to_owned()).unwrap_or_default(),
        };
        let safe = |letter: char| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
        let stem: String = base.chars().map(safe).take(64).collect();
        let stem = stem.trim_matches(['-', '.']);
        if stem.is_empty() { "video".to_owned() } else { stem.to_owned() }
    }
}

/// What is shown; logs and errors print values whole.
impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.shown)
    }
}

/// Whether a word names an address, `file://` included, rather than a path.
pub fn is_address(word: &str) -> bool {
    parts(word).is_some()
}

/// An address as people may see it, whether it is understood or not; other words as they are.
pub fn without_secrets(word: &str) -> String {
    parts(word).map_or_else(|| word.to_owned(), |(scheme, rest)| shown(&scheme, rest))
}

/// Scheme in small letters, and what follows it. One slash too few is a slip, not a path: it would be shown whole.
fn parts(word: &str) -> Option<(String, &str)> {
    let word = word.trim_start();
    let (scheme, rest) = word.split_once(':')?;
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    if !scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) || !scheme.chars().all(letters) {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let known = scheme == "file" || SCHEMES.iter().any(|known| known.name == scheme);
    let rest = match rest.strip_prefix("//") {
        Some(rest) => rest,
        None if scheme == "file" => Some(rest).filter(|rest| rest.starts_with('/'))?,
        None if known => rest.strip_prefix('/')?,
        None => return None,
    };
    Some((scheme, rest))
}

/// The path in what follows `file://`: of this computer, with its escapes undone.
fn file_path(rest: &str) -> Result<String, String> {
    let path = match rest.split_once('/') {
        Some(("", path)) => format!("/{path}"),
        Some((host, path)) if host.eq_ignore_ascii_case("localhost") => format!("/{path}"),
        _ => return Err("a file of this computer is named by file:///path".to_owned()),
    };
    String::from_utf8(unescaped(&path))
        .map_err(|_| "the escapes in it are no UTF-8; name the file by its path".to_owned())
}

pub(super) fn unescaped(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = escape.filter(|_| first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = after.get(if code.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    bytes
}

/// Where host and port end: at the path, the query or the fragment.
fn end_of_host(rest: &str) -> usize {
    rest.find(['/', '?', '#']).unwrap_or(rest.len())
}

/// Whether it is a host, with a port perhaps.
fn is_host(text: &str) -> bool {
    let after = text.rsplit_once(']').map_or(text, |(_, after)| after);
    after.split_once(':').is_none_or(|(_, port)| port.chars().all(|digit| digit.is_ascii_digit()))
}

/// What follows the scheme, for libav: users and passwords escaped, which people write as they are (`pa/ss`, `p@ss`).
fn reachable(rest: &str) -> Result<String, &'static str> {
    let (host, _) = rest.split_at(end_of_host(rest));
    let at = match host.rfind('@') {
        Some(at) => Some(at),
        None if is_host(host) => None,
        // `me:pa/ss@host`: no port, so the host comes later.
        None => Some(rest.rfind('@').ok_or("the port after the host is no number")?),
    };
    let Some(at) = at else { return Ok(rest.to_owned()) };
    let (user, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
    let mut made = String::new();
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~%:!$&'()*+,;=".contains(&byte) {
            made.push(char::from(byte));
        } else {
            made += &format!("%{byte:02X}");
        }
    }
    Ok(format!("{made}@{after}"))
}

/// Whether libav would look for a row of numbered pictures, which it does where an address ends as a picture file does.
fn is_taken_for_a_row(rest: &str) -> bool {
    rest.rsplit_once('.').is_some_and(|(_, ending)| EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// An address for people, without the keys of RTMP streams. Where an `@` could be the end of a password, nothing before it is shown; nor is what stands behind `?`, `#`
/// or `=`, where keys, users and passwords are handed over.
fn shown(scheme: &str, rest: &str) -> String {
    let host = rest.get(..end_of_host(rest)).unwrap_or_default();
    let plain = match rest.rfind('@') {
        Some(at) if host.contains(['@', ':']) => {
            // A password with `?` in it, or a value with `@`: both are possible.
            if rest.get(..at).is_some_and(|before| before.contains(['?', '#'])) {
                return format!("{scheme}://{HIDDEN}");
            }
            let after = rest.get(at + 1..).unwrap_or_default();
            if at < host.len() { after.to_owned() } else { format!("{HIDDEN}@{after}") }
        }
        None if !is_host(host) => return format!("{scheme}://{HIDDEN}"),
        _ => rest.to_owned(),
    };
    // What is no part of any address, and would command a terminal.
    let plain = match plain.split_once(|letter: char| letter.is_control() || letter.is_whitespace()) {
        Some((before, _)) => format!("{before}{HIDDEN}"),
        None => plain,
    };
    let (path, query) = plain.split_at(plain.find(['?', '#']).unwrap_or(plain.len()));
    // What follows the application of an RTMP server is the key of a stream.
    let is_key = |at: usize, part: &str| scheme.starts_with("rtmp") && at > 1 && !part.is_empty();
    let parts: Vec<String> = path
        .split('/')
        .enumerate()
        .map(|(at, part)| match part.split_once('=') {
            _ if is_key(at, part) => HIDDEN.to_owned(),
            Some((key, _)) => format!("{key}={HIDDEN}"),
            None => part.to_owned(),
        })
        .collect();
    let query = if query.len() > 1 { format!("?{HIDDEN}") } else { query.to_owned() };
    format!("{scheme}://{}{query}", parts.join("/"))
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
