//! `lesionscope explain --prototype`: what each class looks like to the network, as a gallery.

use std::path::PathBuf;

use image::{Rgb, RgbImage};
use indicatif::ProgressBar;

use crate::cli::explain::explanations::answer;
use crate::draw::{SheetTile, sheet};
use crate::explain::Explainer;
use crate::explain::prototype::prototype;
use crate::geometry::Square;
use crate::model::Class;
use crate::pixels::resize::Cutter;
use crate::sink::ExplanationFiles;

/// Colour of the picture that is changed until its score is high: between light and dark skin.
const SKIN: Rgb<u8> = Rgb([188, 143, 120]);
/// Side of a picture of the gallery, px, and pictures a row.
const TILE: u32 = 240;
/// See [`TILE`].
const COLUMNS: u32 = 4;

/// Makes the pictures of one class (`only`), or of all, and the gallery in the folder of a run; its path.
pub(crate) fn prototypes(
    explainer: &Explainer,
    only: Option<usize>,
    out: &std::path::Path,
    bar: &ProgressBar,
) -> anyhow::Result<PathBuf> {
    let files = ExplanationFiles::create(out, "prototypes")?;
    let classes: Vec<(usize, Class)> = explainer.classes().iter().cloned().enumerate().collect();
    bar.set_length(classes.len() as u64);
    let mut tiles = Vec::new();
    for (index, class) in classes.into_iter().filter(|(index, _)| only.is_none_or(|only| only == *index)) {
        bar.set_message(crate::printable(&class.name).into_owned());
        let picture = prototype(explainer, index, SKIN)?;
        let score = answer(explainer, &picture)?.get(index).copied().unwrap_or(0.0);
        files.picture(&class.name, &picture)?;
        tiles.push(SheetTile {
            picture: enlarged(&picture)?,
            title: class.name.clone(),
            line: format!("score {score:.2}"),
        });
        bar.inc(1);
    }
    Ok(files.sheet(&sheet(&tiles, COLUMNS))?.to_owned())
}

fn enlarged(picture: &RgbImage) -> anyhow::Result<RgbImage> {
    let whole = Square { x: 0.0, y: 0.0, side: picture.width() as f32 };
    Ok(Cutter::new().square(picture, whole, TILE)?)
}
