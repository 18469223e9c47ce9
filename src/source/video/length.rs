//! Asks a web server how long a file is. libav knows, but does not say: of formats without a length of their own it tells nothing when the
//! server cannot send parts.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::address::unescaped;

/// Longest head of an answer, bytes.
const HEAD: u64 = 1 << 14;

/// Longest wait for all answers: a part of the patience there is. It is only asked for what was just opened, so the server is there.
const PATIENCE: (Duration, u32) = (Duration::from_secs(2), 4);

/// How often the server may point to another place.
const REDIRECTS: usize = 5;

/// Length of what `http://...` names, bytes, as its server announces it; `None` for other addresses and where the server does not say, as
/// for what has no end. `patience`: what is left of the time that an address may take.
pub(super) fn announced(url: &str, patience: Duration) -> Option<u64> {
    let until = Instant::now() + PATIENCE.0.min(patience / PATIENCE.1);
    let mut target = Target::of(url)?;
    for _ in 0..=REDIRECTS {
        let answer = target.ask(until)?;
        match place(&answer) {
            Some(place) => target = target.moved(&place)?,
            None => return length(&answer),
        }
    }
    None
}

/// Whom to ask for what.
#[derive(Debug, PartialEq)]
struct Target {
    /// With the port, if one was named.
    host: String,
    path: String,
    /// User and password as they are sent.
    key: Option<String>,
}

impl Target {
    fn of(url: &str) -> Option<Target> {
        let (scheme, rest) = url.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") || rest.contains(|letter: char| letter.is_control() || letter == ' ') {
            return None;
        }
        // A fragment is never sent.
        let rest = rest.split('#').next().unwrap_or_default();
        let (place, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, host) = place.rsplit_once('@').map_or((None, place), |(user, host)| (Some(user), host));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let key = user.map(|user| {
            let user = if user.contains(':') { user.to_owned() } else { format!("{user}:") };
            base64(&unescaped(&user))
        });
        Some(Target { host: host.to_owned(), path, key })
    }

    /// The place that the server names instead. Only the same host is told user and password again.
    fn moved(self, place: &str) -> Option<Target> {
        let Target { host, path, key } = self;
        if place.contains("://") {
            let made = Target::of(place)?;
            let key = made.key.or(key.filter(|_| made.host.eq_ignore_ascii_case(&host)));
            return Some(Target { key, ..made });
        }
        let place = if place.starts_with("//") {
            format!("http:{place}")
        } else if place.starts_with('/') {
            format!("http://{host}{place}")
        } else {
            let folder = path.split('?').next().and_then(|path| path.rsplit_once('/')).map_or("", |(folder, _)| folder);
            format!("http://{host}{folder}/{place}")
        };
        Target { host, path, key }.moved(&place)
    }

    /// The head of the server's answer.
    fn ask(&self, until: Instant) -> Option<String> {
        let left = || Some(until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
        let Target { host, path, key } = self;
        let ported = host.rsplit_once(']').map_or(host.as_str(), |(_, after)| after).contains(':');
        let place = if ported { host.clone() } else { format!("{host}:80") };
        let mut stream = TcpStream::connect_timeout(&place.to_socket_addrs().ok()?.next()?, left()?).ok()?;
        stream.set_read_timeout(Some(left()?)).ok()?;
        stream.set_write_timeout(Some(left()?)).ok()?;
        let key = key.as_ref().map(|key| format!("Authorization: Basic {key}\r\n")).unwrap_or_default();
        let asked = format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n{key}Connection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).ok()?;
        let mut answer = Vec::new();
        // What came before an error may be enough.
        stream.take(HEAD).read_to_end(&mut answer).ok();
        Some(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// Status and the value of a key in the head of an answer.
fn said<'a>(answer: &'a str, key: &str) -> Option<(u16, &'a str)> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut values = lines.filter_map(|line| line.split_once(':')).filter(|(name, _)| name.eq_ignore_ascii_case(key));
    values.next().map(|(_, value)| (status, value.trim()))
}

/// The length in the head of an answer.
fn length(answer: &str) -> Option<u64> {
    let (status, length) = said(answer, "content-length")?;
    length.parse().ok().filter(|length| status == 200 && *length > 0)
}

/// Where the answer says that it lies now.
fn place(answer: &str) -> Option<String> {
    let (status, place) = said(answer, "location")?;
    matches!(status, 301 | 302 | 303 | 307 | 308).then(|| place.to_owned())
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut made = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |number, i| number << 8 | three.get(i).map_or(0, |&byte| usize::from(byte)));
        for i in 0..4 {
            let letter = LETTERS.get(number >> (18 - 6 * i) & 63).copied().unwrap_or(b'=');
            made.push(char::from(if i <= three.len() { letter } else { b'=' }));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_has_a_length() {
        assert_eq!(length("HTTP/1.1 200 OK\r\ncontent-length: 123\r\n\r\n"), Some(123));
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"), None);
        assert_eq!(length("HTTP/1.0 404 Not Found\r\nContent-Length: 9\r\n\r\n"), None);
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), None);
        assert_eq!(announced("rtsp://127.0.0.1/cam", Duration::from_secs(1)), None);
    }

    #[test]
    fn other_places_are_asked_without_handing_on_secrets() {
        let target = |url: &str| Target::of(url).unwrap();
        let moved = |place: &str| target("http://me:p%40ss@host:81/a/b.ts?x=1#picture").moved(place);
        let key = Some("bWU6cEBzcw==".to_owned());
        let at = |host: &str, path: &str, key: &Option<String>| {
            Some(Target { host: host.to_owned(), path: path.to_owned(), key: key.clone() })
        };
        assert_eq!(Target::of("http://me:p%40ss@host:81/a/b.ts?x=1#picture"), at("host:81", "/a/b.ts?x=1", &key));
        assert_eq!(moved("/c.ts"), at("host:81", "/c.ts", &key));
        assert_eq!(moved("c.ts"), at("host:81", "/a/c.ts", &key));
        assert_eq!(moved("http://host:81/d"), at("host:81", "/d", &key));
        assert_eq!(moved("http://other/d"), at("other", "/d", &None));
        assert_eq!(moved("//other/d"), at("other", "/d", &None));
        assert_eq!(moved("https://host:81/d"), None);
        assert_eq!(place("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n").as_deref(), Some("/x"));
        assert_eq!(place("HTTP/1.1 200 OK\r\nLocation: /x\r\n\r\n"), None);
        for (plain, coded) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("me:\u{fe}?", "bWU6w74/")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
