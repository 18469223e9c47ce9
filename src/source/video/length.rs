//! Asks a web server how long a file is. libav knows, but does not say: of formats without a length of their own it tells nothing when the
//! server cannot send parts.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longest head of an answer, bytes.
const HEAD: u64 = 1 << 14;

/// Longest wait for an answer: a part of the patience there is. It is only asked for what was just opened, so the server is there.
const PATIENCE: (Duration, u32) = (Duration::from_secs(2), 4);

/// Length of what `http://...` names, bytes, as its server announces it; `None` for other addresses, those with a user, and where the server
/// does not say, as for what has no end. `patience`: what is left of the time that an address may take.
pub(super) fn announced(url: &str, patience: Duration) -> Option<u64> {
    let patience = PATIENCE.0.min(patience / PATIENCE.1);
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if !scheme.eq_ignore_ascii_case("http") || host.contains('@') || rest.contains(char::is_whitespace) {
        return None;
    }
    let ported = host.rsplit_once(']').map_or(host, |(_, after)| after).contains(':');
    let place = if ported { host.to_owned() } else { format!("{host}:80") };
    let mut stream = TcpStream::connect_timeout(&place.to_socket_addrs().ok()?.next()?, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.set_write_timeout(Some(patience)).ok()?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let asked = format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // What came before an error may be enough.
    stream.take(HEAD).read_to_end(&mut answer).ok();
    length(&String::from_utf8_lossy(&answer))
}

/// The length in the head of an answer.
fn length(answer: &str) -> Option<u64> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let found = lines.next()?.split(' ').nth(1) == Some("200");
    let length =
        lines.filter_map(|line| line.split_once(':')).find(|(key, _)| key.eq_ignore_ascii_case("content-length"));
    length?.1.trim().parse().ok().filter(|length| found && *length > 0)
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
}
