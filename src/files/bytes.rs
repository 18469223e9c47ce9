//! Reading of whole files, with bounds: on what is taken into memory, on waiting, on what counts as a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::system::is_pipe;

/// Longest wait for a pipe to give all that it has.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a file for reading. Folders, devices and pipes are no files: they have no end, no size, or nothing to go back to.
///
/// # Errors
/// When it cannot be opened; the error says what is there instead of a file.
pub fn open(path: &Path) -> io::Result<File> {
    match kind(path)? {
        ReadableKind::File(_) => File::open(path),
        ReadableKind::Pipe => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe, and a file is needed here"))
        }
    }
}

/// All bytes of a file, or of a pipe (`<(command)`), `most` at most.
///
/// # Errors
/// When it cannot be read, is a folder or a device, holds more, or is a pipe that does not end within ten seconds.
pub fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    match kind(path)? {
        ReadableKind::File(size) if size > most => Err(too_large(most)),
        ReadableKind::File(_) => take(path, most),
        ReadableKind::Pipe => piped(path, most),
    }
}

enum ReadableKind {
    /// Its size, bytes.
    File(u64),
    Pipe,
}

fn kind(path: &Path) -> io::Result<ReadableKind> {
    let meta = fs::metadata(path)?;
    if meta.is_file() {
        return Ok(ReadableKind::File(meta.len()));
    }
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, and a file is needed here"));
    }
    if is_pipe(&meta) {
        return Ok(ReadableKind::Pipe);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a device, and a file is needed here"))
}

fn take(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Files of the system have no size before they are read.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// A pipe that nobody writes into cannot even be opened, so it is read on a thread that is left behind.
fn piped(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (answer, answered) = mpsc::sync_channel(1);
    let there = path.to_owned();
    // Nobody listens any more when it was too late.
    std::thread::Builder::new().name("pipe".to_owned()).spawn(move || answer.send(take(&there, most)).ok())?;
    answered.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let why = format!(
            "it is a pipe that did not end within {} s; is there a program that writes into it?",
            PATIENCE.as_secs()
        );
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    })
}

fn too_large(most: u64) -> io::Error {
    let why = format!("it is larger than {}, more than is read here", size(most));
    io::Error::new(io::ErrorKind::FileTooLarge, why)
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_than_allowed_or_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ten");
        fs::write(&file, [7; 10]).unwrap();
        assert_eq!(bytes(&file, 10).unwrap(), [7; 10]);
        assert_eq!(bytes(&file, 9).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(bytes(folder.path(), 9).unwrap_err().to_string().contains("folder"));
        assert!(open(&file).is_ok() && open(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_refused_and_pipes_are_read_to_their_end() {
        for device in ["/dev/zero", "/dev/null", "/dev/urandom"] {
            assert!(bytes(Path::new(device), 1 << 40).unwrap_err().to_string().contains("device"));
            assert!(open(Path::new(device)).is_err());
        }
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open(&pipe).unwrap_err().to_string().contains("pipe"));
        let into = pipe.clone();
        let writer = std::thread::spawn(move || fs::write(into, b"mel\nnv\n"));
        assert_eq!(bytes(&pipe, 100).unwrap(), b"mel\nnv\n");
        writer.join().unwrap().unwrap();
    }
}
