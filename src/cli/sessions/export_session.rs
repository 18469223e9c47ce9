//! `lesionscope export-session`: a recorded session in a format that other programs read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::cli::exit::{Exit, Usage};
use crate::cli::globals::Globals;
use crate::cli::paths::error::PathError;
use crate::cli::paths::outputs::{Outputs, apart};
use crate::cli::say::{note, say};
use crate::counted;
use crate::files::replace;
use crate::session::export::{CircleChoice, ExportFormat, ExportedFile, export};
use crate::session::{OWN, RecordedSession};

/// `export-session`.
#[derive(Debug, Args)]
pub(crate) struct ExportSessionArgs {
    /// Folder of the session, or a file in it.
    session: PathBuf,
    /// What to write.
    #[arg(long, value_enum)]
    format: FormatFlag,
    /// The file to write, of yolo and mot the folder; without it, beside the session: exp.coco.json, exp.yolo, exp.csv ...
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Leave out circles that no skin surrounds.
    #[arg(long)]
    on_skin_only: bool,
    /// Which tracks: those that were confirmed, or tentative ones too.
    #[arg(long, value_enum, default_value_t)]
    state: StateFlag,
    /// Write over what exists; files of other names in a folder stay.
    #[arg(long)]
    exist_ok: bool,
}

/// A format by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatFlag {
    /// COCO object detection, one JSON file.
    Coco,
    /// Ultralytics: labels/NAME.txt and data.yaml, a folder.
    Yolo,
    /// MOTChallenge: gt/gt.txt and seqinfo.ini, a folder.
    Mot,
    /// A table with a line a circle and frame.
    Csv,
    /// Subtitles of the film.
    Webvtt,
    /// A task of Label Studio with rectangles over the film.
    LabelStudio,
}

/// Which tracks are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StateFlag {
    /// Confirmed ones.
    #[default]
    Confirmed,
    /// Tentative ones too.
    All,
}

impl From<FormatFlag> for ExportFormat {
    fn from(flag: FormatFlag) -> ExportFormat {
        match flag {
            FormatFlag::Coco => ExportFormat::Coco,
            FormatFlag::Yolo => ExportFormat::Yolo,
            FormatFlag::Mot => ExportFormat::Mot,
            FormatFlag::Csv => ExportFormat::Csv,
            FormatFlag::Webvtt => ExportFormat::Webvtt,
            FormatFlag::LabelStudio => ExportFormat::LabelStudio,
        }
    }
}

/// Runs the command.
pub(crate) fn run(globals: &Globals, args: &ExportSessionArgs) -> anyhow::Result<Exit> {
    let session = RecordedSession::open(&args.session)?;
    let format = ExportFormat::from(args.format);
    let out = args.out.clone().map_or_else(|| beside(&session.folder, format), Ok)?;
    let inputs = OWN.map(|name| session.folder.join(name));
    check(&out, format, args.exist_ok)?;
    let choice = CircleChoice { on_skin_only: args.on_skin_only, tentative: args.state == StateFlag::All };
    let files = export(&session, format, choice)?;
    let places: Vec<PathBuf> = files.iter().map(|file| place(&out, file)).collect();
    apart(&places, &inputs)?;
    no_links(&out, &places, format)?;
    files.iter().zip(&places).try_for_each(|(file, place)| write(place, file, format))?;
    session.warnings.iter().for_each(|warning| note(warning));
    if !globals.quiet {
        let what = if format.is_folder() { format!(" ({})", counted(files.len(), "file")) } else { String::new() };
        let frames = counted(session.frames.len(), "frame");
        say(&format!("wrote {}{what}: {frames} of {}", out.display(), session.account.source))?;
    }
    Ok(Exit::Done)
}

/// `runs/exp.coco.json` for `runs/exp`.
fn beside(folder: &Path, format: ExportFormat) -> anyhow::Result<PathBuf> {
    let whole = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // As it was named, where that has a name: sentences are shorter so.
    let named = if folder.file_name().is_some() { folder } else { &whole };
    Ok(named.with_file_name(format!("{name}.{}", format.ending())))
}

/// Refuses what exists and may not be written over.
fn check(out: &Path, format: ExportFormat, exist_ok: bool) -> Result<(), PathError> {
    if !format.is_folder() {
        return Outputs::new([("--out", &Some(out.to_owned()))], exist_ok).map(drop);
    }
    match fs::metadata(out) {
        Ok(there) if !there.is_dir() => Err(PathError::NotAFolder(out.to_owned())),
        Ok(_) if !exist_ok => Err(PathError::FolderExists(out.to_owned())),
        _ => Ok(()),
    }
}

/// Refuses links in the folder of an export: what they lead to is not written over.
fn no_links(out: &Path, places: &[PathBuf], format: ExportFormat) -> Result<(), Usage> {
    let within = places.iter().flat_map(|place| place.ancestors().take_while(|path| *path != out));
    match within.into_iter().find(|path| format.is_folder() && path.is_symlink()) {
        Some(link) => Err(Usage(format!("{} is a link; remove it, or name another --out", link.display()))),
        None => Ok(()),
    }
}

/// Where a file of an export goes.
fn place(out: &Path, file: &ExportedFile) -> PathBuf {
    if file.place.as_os_str().is_empty() { out.to_owned() } else { out.join(&file.place) }
}

/// Writes a file; those of a folder, of which there may be a hundred thousand, without waiting for the disk.
fn write(place: &Path, file: &ExportedFile, format: ExportFormat) -> anyhow::Result<()> {
    if !format.is_folder() {
        return Ok(replace(place, &file.bytes)?);
    }
    let parent = place.parent().map_or(Ok(()), fs::create_dir_all);
    parent
        .and_then(|()| fs::write(place, &file.bytes))
        .with_context(|| format!("{} cannot be written", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_lies_beside_its_session() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("exp 2.b");
        fs::create_dir(&folder).unwrap();
        assert_eq!(beside(&folder, ExportFormat::Coco).unwrap(), root.path().join("exp 2.b.coco.json"));
        assert_eq!(beside(&folder, ExportFormat::Yolo).unwrap(), root.path().join("exp 2.b.yolo"));
        assert!(beside(&root.path().join("missing"), ExportFormat::Csv).is_err());
        // A folder that is named by dots alone has a name all the same.
        let dotted = beside(&folder.join(".."), ExportFormat::Csv).unwrap();
        assert_eq!(dotted.extension().unwrap(), "csv");
        assert_eq!(dotted.parent().unwrap(), root.path().canonicalize().unwrap().parent().unwrap());
    }
}
