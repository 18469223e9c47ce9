//! Places: the lesions of a session. Tracks break where a hand passes or the camera leaves; their place stays.

mod book;
mod history;
mod settings;

pub use self::book::PlaceBook;
pub use self::settings::PlaceSettings;
