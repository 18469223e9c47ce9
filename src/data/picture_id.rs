//! What a picture file holds, as a digest.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of a digest that are kept: enough to tell billions of pictures apart.
const KEPT: usize = 8;

/// What a picture file holds, as the start of its SHA-256; a file that cannot be read is like no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PictureId(pub(super) String);

impl PictureId {
    /// That of a file.
    pub fn of(path: &Path) -> PictureId {
        let mut digest = Sha256::new();
        let read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut Writer(&mut digest)));
        match read {
            Ok(_) => PictureId(hexadecimal(&digest.finalize())),
            // Its own path: two files that cannot be read are not the same picture.
            Err(_) => PictureId(format!("unreadable {}", path.display())),
        }
    }
}

/// Lets a file be copied into a digest.
struct Writer<'a>(&'a mut Sha256);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().take(KEPT).map(|byte| format!("{byte:02x}")).collect()
}
