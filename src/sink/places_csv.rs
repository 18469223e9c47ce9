//! `places.csv`: one line a place, for spreadsheets.

use csv::Writer;
use serde::Serialize;

use super::places::PlaceEntry;

/// One line; the first thirteen columns are what most readers want.
#[derive(Serialize)]
struct Line<'a> {
    place: u64,
    class: &'a str,
    score: f64,
    suspicious: f64,
    first_s: f64,
    last_s: f64,
    seen_s: f64,
    best_frame: u64,
    x: f64,
    y: f64,
    r: f64,
    on_skin: bool,
    assessable: bool,
    evidence: f64,
    frames: u64,
    best_time_s: f64,
    tracks: String,
    file: &'a str,
}

/// The names of the columns, for a list without lines.
const HEADER: [&str; 18] = [
    "place",
    "class",
    "score",
    "suspicious",
    "first_s",
    "last_s",
    "seen_s",
    "best_frame",
    "x",
    "y",
    "r",
    "on_skin",
    "assessable",
    "evidence",
    "frames",
    "best_time_s",
    "tracks",
    "file",
];

/// The file's content.
///
/// # Errors
/// Never: what is written into memory has room, and all lines are alike.
pub(super) fn places_csv(places: &[PlaceEntry]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = Writer::from_writer(Vec::new());
    if places.is_empty() {
        writer.write_record(HEADER)?;
    }
    places.iter().try_for_each(|place| writer.serialize(line(place)))?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

fn line(place: &PlaceEntry) -> Line<'_> {
    let tracks: Vec<String> = place.tracks.iter().map(u64::to_string).collect();
    Line {
        place: place.place,
        class: place.class.as_deref().unwrap_or("undecided"),
        score: place.score,
        suspicious: place.suspicious,
        first_s: place.first_s,
        last_s: place.last_s,
        seen_s: place.seen_s,
        best_frame: place.best_frame,
        x: place.x,
        y: place.y,
        r: place.r,
        on_skin: place.on_skin,
        assessable: place.assessable,
        evidence: place.evidence,
        frames: place.frames,
        best_time_s: place.best_time_s,
        tracks: tracks.join(" "),
        file: place.file.as_deref().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::HintSeconds;
    use csv::Reader;
    use serde_json::Map;

    fn entry(place: u64, class: Option<&str>, file: Option<&str>) -> PlaceEntry {
        PlaceEntry {
            place,
            class: class.map(str::to_owned),
            score: 0.83,
            suspicious: 0.91,
            evidence: 0.8,
            scores: Map::new(),
            first_s: 0.2,
            last_s: 5.9,
            seen_s: 4.8,
            frames: 120,
            best_frame: 57,
            best_time_s: 1.9,
            file: file.map(str::to_owned),
            x: 640.5,
            y: 331.0,
            r: 27.5,
            on_skin: true,
            tracks: vec![4, 9],
            assessable: true,
            coach: HintSeconds::default(),
        }
    }

    #[test]
    fn a_line_is_the_documented_one() {
        let text = places_csv(&[entry(1, Some("carcinoma"), None)]).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "place,class,score,suspicious,first_s,last_s,seen_s,best_frame,x,y,r,on_skin,assessable,evidence,frames,best_time_s,tracks,file\n\
             1,carcinoma,0.83,0.91,0.2,5.9,4.8,57,640.5,331.0,27.5,true,true,0.8,120,1.9,4 9,\n"
        );
    }

    #[test]
    fn a_list_without_places_has_the_same_header() {
        let header = |places: &[PlaceEntry]| {
            let text = String::from_utf8(places_csv(places).unwrap()).unwrap();
            text.lines().next().unwrap().to_owned()
        };
        assert_eq!(header(&[]), header(&[entry(1, None, None)]));
    }

    #[test]
    fn names_with_commas_quotes_and_line_breaks_come_back() {
        let files = ["a, \"b\".jpg", "c\nd.jpg", "é;=1+1.jpg"];
        let places: Vec<PlaceEntry> = files.iter().map(|file| entry(1, None, Some(file))).collect();
        let text = places_csv(&places).unwrap();
        let mut reader = Reader::from_reader(text.as_slice());
        let back: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for (record, file) in back.iter().zip(files) {
            assert_eq!((&record[1], &record[17]), ("undecided", file));
        }
        assert_eq!(back.len(), files.len());
    }
}
