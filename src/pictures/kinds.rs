//! Which files are pictures: by name where a folder is listed, by content where one is opened.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::bytes::bytes_of;
use super::more;

/// Endings of the picture files that are looked for in folders.
pub const EXTENSIONS: [&str; 23] = [
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "bmp", "dib", "tif", "tiff", "webp", "gif", "ppm", "pgm",
    "pbm", "pnm", "tga", "jp2", "j2k", "avif", "heic", "heif",
];

/// Endings of films.
const FILMS: [&str; 16] = [
    "mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "mts", "m2ts", "3gp", "wmv", "flv", "ogv", "mjpeg", "vob",
];

/// Endings of pictures that nothing here reads.
const FOREIGN: [&str; 30] = [
    "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "pef", "srw", "raw", "psd", "psb", "xcf", "jxl", "jxr",
    "qoi", "svg", "dcm", "ico", "hdr", "exr", "pcx", "sgi", "dds", "pdf", "eps", "ps", "ai", "fits",
];

/// Files that systems put into folders.
const SYSTEM: [&str; 4] = [".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini"];

/// How many names a sentence lists.
const NAMED: usize = 5;

/// Whether the name is that of a picture; hidden files are not (file systems leave `._shot.jpg` behind).
pub fn is_picture(path: &Path) -> bool {
    !is_left_behind(path) && has_ending(path, &EXTENSIONS)
}

/// Whether a file that there is holds a still picture, by its content. An animated GIF and a sequence of AVIF are films.
pub fn is_still(path: &Path) -> bool {
    let mut start = Vec::new();
    let is_file = std::fs::metadata(path).is_ok_and(|data| data.is_file());
    if !is_file || File::open(path).and_then(|file| file.take(64).read_to_end(&mut start)).is_err() {
        return false;
    }
    match FileKind::of(&start, path) {
        Some(FileKind::Known(ImageFormat::Gif)) => bytes_of(path).is_ok_and(|bytes| more::pictures_of_gif(&bytes) < 2),
        // Pictures one behind the other, as some cameras store films.
        Some(FileKind::Known(ImageFormat::Jpeg)) => !has_ending(path, &["mjpeg", "mjpg"]),
        Some(FileKind::Avif) => start.get(8..12) != Some(b"avis"),
        kind => kind.is_some(),
    }
}

/// Whether a file is a GIF that was cut.
pub fn is_cut_gif(path: &Path) -> bool {
    bytes_of(path).is_ok_and(|bytes| bytes.starts_with(b"GIF8") && more::is_cut_gif(&bytes))
}

/// What [`left_out`] says of a folder; nothing of one that cannot be listed.
pub fn left_out_of(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    left_out(&paths)
}

/// Sentences on the files of a folder or a glob that are no pictures but may have been meant: films, pictures of other kinds,
/// what systems leave behind, and what has the name of a picture and is no file.
pub fn left_out(others: &[PathBuf]) -> Vec<String> {
    let named = |one: &str, many: &str, why: &str, fits: &dyn Fn(&Path) -> bool| {
        let fitting: Vec<&Path> = others.iter().map(PathBuf::as_path).filter(|path| fits(path)).collect();
        let what = if fitting.len() == 1 { format!("1 {one}") } else { format!("{} {many}", fitting.len()) };
        (!fitting.is_empty()).then(|| format!("left out: {what} ({}){why}", names(&fitting)))
    };
    let is_film = |path: &Path| !is_left_behind(path) && has_ending(path, &FILMS);
    let is_foreign = |path: &Path| !is_left_behind(path) && has_ending(path, &FOREIGN);
    let is_unnamed = |path: &Path| !is_left_behind(path) && path.extension().is_none() && is_still(path);
    let is_no_file = |path: &Path| is_picture(path) && !path.is_file();
    let is_folder = |path: &Path| path.is_dir() && !is_left_behind(path) && !is_picture(path);
    [
        named("film", "films", "; a film is a source of its own", &is_film),
        named("picture of a kind that is not read here", "pictures of kinds that are not read here", "", &is_foreign),
        named(
            "picture whose name has no ending",
            "pictures whose names have no ending",
            "; add one, .jpg say",
            &is_unnamed,
        ),
        named("picture's name that is no file", "pictures' names that are no files", "", &is_no_file),
        named("folder within it", "folders within it", "; name it, or a glob such as \"shots/**/*.jpg\"", &is_folder),
        named("file that systems leave behind", "files that systems leave behind", "", &is_left_behind),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The first names of some files, and how many there are besides.
pub fn names(files: &[&Path]) -> String {
    let name = |path: &&Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut listed: Vec<String> =
        files.iter().take(NAMED).map(|path| crate::printable(&name(path)).into_owned()).collect();
    if files.len() > NAMED {
        listed.push(format!("and {} more", files.len() - NAMED));
    }
    listed.join(", ")
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

fn is_left_behind(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.starts_with('.') || SYSTEM.contains(&name.as_str())
}

/// What a file holds, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// What `image` reads.
    Known(ImageFormat),
    /// JPEG 2000.
    Jpeg2000,
    /// A still of AV1.
    Avif,
    /// A still of HEVC, as phones make it.
    Heic,
}

impl FileKind {
    /// Tells what the bytes are; TGA has no mark of its own and goes by its name and what its header says.
    pub(super) fn of(bytes: &[u8], path: &Path) -> Option<FileKind> {
        if bytes.starts_with(b"\0\0\0\x0cjP  ") || bytes.starts_with(&[0xff, 0x4f, 0xff, 0x51]) {
            return Some(FileKind::Jpeg2000);
        }
        if bytes.get(4..8) == Some(b"ftyp") {
            return FileKind::of_brands(bytes);
        }
        let known = image::guess_format(bytes).ok().filter(|format| format.reading_enabled());
        let targa = || (has_ending(path, &["tga"]) && is_targa(bytes)).then_some(ImageFormat::Tga);
        known.or_else(targa).map(FileKind::Known)
    }

    /// ISO 23008-12 and the AV1 image format: one kind of container, told apart by its brands.
    fn of_brands(bytes: &[u8]) -> Option<FileKind> {
        let length = bytes.get(..4)?.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
        let brands: Vec<&[u8]> = bytes.get(8..length.clamp(12, bytes.len()))?.chunks_exact(4).collect();
        let has = |known: &[&[u8; 4]]| brands.iter().any(|brand| known.iter().any(|known| brand == known));
        let major = brands.first()?;
        if [b"avif", b"avis"].iter().any(|brand| major == brand) || has(&[b"avif"]) {
            return Some(FileKind::Avif);
        }
        let stills: [&[u8; 4]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];
        stills.iter().any(|brand| major == brand).then_some(FileKind::Heic)
    }
}

/// Whether the header of a TGA makes sense.
fn is_targa(bytes: &[u8]) -> bool {
    let field = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let has_size = (field(12) | field(13)) > 0 && (field(14) | field(15)) > 0;
    matches!(field(2), 1..=3 | 9..=11) && field(1) < 2 && matches!(field(16), 8 | 15 | 16 | 24 | 32) && has_size
}
