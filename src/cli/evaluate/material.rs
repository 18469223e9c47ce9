//! What lies in folders of data that a card can be measured on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::data::{Data, Side, is_wide};
use crate::evaluate::photos::folder::{PhotoFolder, read_photos};
use crate::evaluate::scenes::{Clip, clips, has_clips, lesion_free_clips};
use crate::evaluate::truth_files::EvaluateError;
use crate::pictures::is_picture;

/// How deep folders are searched for clips.
const DEPTH: usize = 3;

/// Clips and photographs that no training uses.
#[derive(Debug, Default)]
pub(super) struct Material {
    /// Clips with truth: of faces and hands, where their folder is called so, and others.
    pub(super) scenes: Vec<SceneClip>,
    /// Clips without truth: they show no lesion.
    pub(super) videos: Vec<Clip>,
    /// Photographs.
    pub(super) photos: Vec<PhotoFolder>,
    /// Data with a manifest, which may have close-ups.
    pub(super) manifests: Vec<PathBuf>,
}

/// A clip with truth.
#[derive(Debug)]
pub(super) struct SceneClip {
    pub(super) clip: Clip,
    /// Whether it shows faces and hands.
    pub(super) is_face: bool,
}

impl Material {
    /// Searches the folders.
    ///
    /// # Errors
    /// When a manifest, a list of boxes or the word of a side is not what it should be.
    pub(super) fn find(roots: &[PathBuf]) -> anyhow::Result<Material> {
        let mut material = Material::default();
        for root in roots {
            for folder in folders(root, DEPTH) {
                material.add_clips(&folder)?;
            }
            if ["manifest.tsv", "manifest.csv"].iter().any(|name| root.join(name).is_file()) {
                material.add_photos(root)?;
                material.manifests.push(root.clone());
            }
        }
        Ok(material)
    }

    fn add_clips(&mut self, folder: &Path) -> Result<(), EvaluateError> {
        if !has_clips(folder) {
            return Ok(());
        }
        let is_face = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("faces"));
        let held_out = |clip: &Clip| clip.side != Side::Train;
        // A folder with clips of one kind alone is an error to those who asked for the other.
        let scenes = clips(folder).unwrap_or_default().into_iter().filter(held_out);
        self.scenes.extend(scenes.map(|clip| SceneClip { clip, is_face }));
        self.videos.extend(lesion_free_clips(folder).unwrap_or_default().into_iter().filter(held_out));
        Ok(())
    }

    fn add_photos(&mut self, root: &Path) -> anyhow::Result<()> {
        let rows = Data::open(root)?.rows;
        let wide = rows.iter().filter(|row| is_wide(&row.class) && is_picture(&row.path));
        let folders: BTreeSet<&Path> = wide.filter_map(|row| row.path.parent()).collect();
        for folder in folders {
            let mut found = read_photos(folder, &is_picture)?;
            found.photos.retain(|photo| photo.side.is_some_and(|side| side != Side::Train) && is_wide(&photo.class));
            self.photos.push(found);
        }
        Ok(())
    }
}

/// A folder and those in it, by name. Hidden folders and masks are passed over.
fn folders(root: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    if depth > 0 {
        let entries = std::fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
        let hidden =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']));
        let mut inside: Vec<PathBuf> = entries.filter(|path| path.is_dir() && !hidden(path)).collect();
        inside.sort();
        found.extend(inside.iter().flat_map(|folder| folders(folder, depth - 1)));
    }
    found
}
