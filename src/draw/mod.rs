//! Overlays: circles, labels, heat, explanations, status line, help and banner, painted on a copy of the frame. Pure: pixels and numbers in, pixels out.

mod annotate;
mod area;
mod banner;
mod circles;
mod contour;
mod evidence;
mod font;
mod heat;
mod help;
mod labels;
mod look;
mod scene;
mod settings;
mod sheet;
mod status;
mod text;
mod words;

pub use self::annotate::annotate;
pub use self::help::{KEYS, LINE_STYLES};
pub use self::scene::{Scene, View};
pub use self::settings::{ColourMap, DrawSettings, LabelChoice};
pub use self::sheet::{SheetTile, overlay, sheet, tinted};
pub use self::status::{NOTICE, Status};

#[cfg(test)]
mod tests;
