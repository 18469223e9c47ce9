//! Which files are pictures.

use std::path::Path;

/// Endings of the picture files that are looked for in folders.
pub const EXTENSIONS: [&str; 14] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "bmp", "tif", "tiff", "webp", "gif", "ppm", "pgm", "pbm", "pnm"];

/// Whether the name is that of a picture; hidden files are not (file systems leave `._shot.jpg` behind).
pub fn is_picture(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    !hidden && ending.is_some_and(|ending| EXTENSIONS.contains(&ending.as_str()))
}
