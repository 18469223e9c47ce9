//! What the user named: a file or a stream.

use std::path::{Path, PathBuf};

/// Beginnings of what is opened as a stream.
const STREAMS: [&str; 8] = ["rtsp://", "rtsps://", "http://", "https://", "rtmp://", "rtp://", "udp://", "srt://"];

/// A file or a stream, and how to name it to people.
#[derive(Clone, Debug)]
pub(super) struct Address {
    target: String,
    stream: bool,
}

impl Address {
    /// Sorts out what was named.
    pub(super) fn new(path_or_url: &str) -> Address {
        let lower = path_or_url.to_ascii_lowercase();
        let stream = STREAMS.iter().any(|start| lower.starts_with(start));
        Address { target: path_or_url.to_owned(), stream }
    }

    /// As given.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// Whether it comes over the network: live, and with time-outs.
    pub(super) fn is_stream(&self) -> bool {
        self.stream
    }

    /// Whether the stream has no end of its own: an end is a break in the connection.
    pub(super) fn is_endless(&self) -> bool {
        self.stream && !self.target.to_ascii_lowercase().starts_with("http")
    }

    /// The path, when it is a file.
    pub(super) fn file(&self) -> Option<PathBuf> {
        (!self.stream).then(|| PathBuf::from(&self.target))
    }

    /// For sentences: the path, or the address without its password.
    pub(super) fn shown(&self) -> String {
        match self.target.split_once("://") {
            Some((scheme, rest)) if self.stream => {
                let host = rest.find('/').unwrap_or(rest.len());
                let (host, path) = rest.split_at(host);
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                format!("{scheme}://{host}{path}")
            }
            _ => self.target.clone(),
        }
    }

    /// Short, for labels: the file's name, or as [`Address::shown`].
    pub(super) fn name(&self) -> String {
        let name = Path::new(&self.target).file_name().map(|name| name.to_string_lossy().into_owned());
        name.filter(|_| !self.stream).unwrap_or_else(|| self.shown())
    }

    /// Fit for a folder or file name.
    pub(super) fn stem(&self) -> String {
        let base = match self.file() {
            Some(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            None => self.shown().split_once("://").map(|(_, rest)| rest.to_owned()).unwrap_or_default(),
        };
        let safe = |letter: char| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
        let stem: String = base.chars().map(safe).take(64).collect();
        let stem = stem.trim_matches(['-', '.']);
        if stem.is_empty() { "video".to_owned() } else { stem.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let address = Address::new("rtsp://me:secret@cam.local:554/live?x=1");
        assert_eq!(address.shown(), "rtsp://cam.local:554/live?x=1");
        assert_eq!(address.name(), address.shown());
        assert_eq!(address.stem(), "cam.local-554-live-x-1");
        assert!(address.is_stream() && address.is_endless());
    }

    #[test]
    fn files_are_named_by_their_last_part() {
        let address = Address::new("/tmp/my clip: one.mp4");
        assert_eq!((address.name().as_str(), address.stem().as_str()), ("my clip: one.mp4", "my-clip--one"));
        assert!(!address.is_stream() && address.file().is_some());
        assert_eq!(Address::new("..").stem(), "video");
    }
}
