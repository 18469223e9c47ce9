//! What there is to know of MP4 boxes in order to put the pieces of a recording together: where they begin, the numbers that a piece
//! counts from, and the index at the end.

use std::ops::Range;

/// A box: its kind and where its content lies.
struct Mp4Box {
    kind: [u8; 4],
    begin: usize,
    content: Range<usize>,
}

/// The boxes side by side within a range of the bytes; what is cut off or no box ends the list.
fn boxes(bytes: &[u8], within: Range<usize>) -> Vec<Mp4Box> {
    let mut found = Vec::new();
    let mut begin = within.start;
    while let (Some(length), Some(kind)) = (number(bytes, begin, 4), bytes.get(begin + 4..begin + 8)) {
        let (header, length) = match length {
            1 => (16, number(bytes, begin + 8, 8).unwrap_or(0)),
            0 => (8, (within.end - begin) as u64),
            length => (8, length),
        };
        let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
        let Some(end) = end.filter(|end| *end >= begin + header && *end <= within.end) else { break };
        let mut name = [0; 4];
        name.copy_from_slice(kind);
        found.push(Mp4Box { kind: name, begin, content: begin + header..end });
        begin = end;
    }
    found
}

fn first(bytes: &[u8], within: Range<usize>, kind: &[u8; 4]) -> Option<Mp4Box> {
    boxes(bytes, within).into_iter().find(|found| found.kind == *kind)
}

/// A big-endian number of `size` bytes.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let digits = bytes.get(at..at.checked_add(size)?)?;
    Some(digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

fn set_number(bytes: &mut [u8], at: usize, size: usize, value: u64) -> Option<()> {
    let digits = bytes.get_mut(at..at.checked_add(size)?)?;
    digits.copy_from_slice(value.to_be_bytes().get(8 - size..)?);
    Some(())
}

/// Where the first fragment (`moof`) of a small MP4 begins.
pub(super) fn fragment(bytes: &[u8]) -> Option<usize> {
    first(bytes, 0..bytes.len(), b"moof").map(|moof| moof.begin)
}

/// Makes the fragment that begins at `moof` the `sequence`th of its file, and lets its tracks begin at `starts`: number of the track, from 1,
/// and decoding time in ticks of the track. `None` if it is not built as it should be.
pub(super) fn place(bytes: &mut [u8], moof: usize, sequence: u32, starts: &[(u64, u64)]) -> Option<()> {
    let moof = first(bytes, moof..bytes.len(), b"moof")?;
    let head = first(bytes, moof.content.clone(), b"mfhd")?;
    set_number(bytes, head.content.start + 4, 4, u64::from(sequence))?;
    for track in boxes(bytes, moof.content).into_iter().filter(|found| &found.kind == b"traf") {
        let head = first(bytes, track.content.clone(), b"tfhd")?;
        let id = number(bytes, head.content.start + 4, 4)?;
        let (_, start) = starts.iter().find(|(track, _)| *track == id)?;
        let time = first(bytes, track.content, b"tfdt")?.content.start;
        let size = if number(bytes, time, 1)? == 1 { 8 } else { 4 };
        set_number(bytes, time + 4, size, *start)?;
    }
    Some(())
}

/// The index at the end of a file (`mfra`): times (ticks of track 1) of pictures that can be jumped to and places of the fragments that begin
/// with them.
pub(super) fn index(jumps: &[(u64, u64)]) -> Vec<u8> {
    let mut entries = Vec::new();
    // Version 1 (64 bits), no flags; track 1; numbers of one byte; how many.
    for number in [1 << 24, 1, 0, jumps.len() as u32] {
        entries.extend(number.to_be_bytes());
    }
    for (time, place) in jumps {
        entries.extend(time.to_be_bytes());
        entries.extend(place.to_be_bytes());
        // The first sample of the first run of the first track.
        entries.extend([1, 1, 1]);
    }
    let mut content = boxed(b"tfra", &entries);
    // The last four bytes of a file say how long the index is.
    let whole = (8 + content.len() + 16) as u32;
    content.extend(boxed(b"mfro", &[[0; 4], whole.to_be_bytes()].concat()));
    boxed(b"mfra", &content)
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fragment_of(version: u8) -> Vec<u8> {
        let time = [&[version, 0, 0, 0][..], if version == 1 { &[0; 8][..] } else { &[0; 4] }].concat();
        let track = [boxed(b"tfhd", &[0, 0, 0, 0, 0, 0, 0, 2]), boxed(b"tfdt", &time)].concat();
        let moof = [boxed(b"mfhd", &[0; 8]), boxed(b"traf", &track)].concat();
        [boxed(b"ftyp", b"isom"), boxed(b"moof", &moof), boxed(b"mdat", b"sound")].concat()
    }

    #[test]
    fn a_fragment_gets_its_number_and_its_time() {
        for version in [0, 1] {
            let mut bytes = fragment_of(version);
            let moof = fragment(&bytes).unwrap();
            assert_eq!(moof, 12);
            place(&mut bytes, moof, 7, &[(1, 3), (2, 0x0102_0304)]).unwrap();
            assert_eq!(number(&bytes, moof + 20, 4), Some(7));
            assert!(bytes.windows(4).any(|four| four == [1, 2, 3, 4]));
            assert_eq!(place(&mut bytes, moof, 7, &[(1, 3)]), None, "nothing is known of track 2");
        }
    }

    #[test]
    fn the_index_says_its_own_length() {
        let bytes = index(&[(0, 24), (1000, 1 << 33)]);
        assert_eq!(number(&bytes, bytes.len() - 4, 4), Some(bytes.len() as u64));
        assert_eq!(boxes(&bytes, 0..bytes.len()).len(), 1);
    }

    proptest! {
        #[test]
        fn damaged_bytes_are_no_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..60, new in any::<u8>()) {
            let mut real = fragment_of(1);
            if let Some(byte) = real.get_mut(at) {
                *byte = new;
            }
            for bytes in [&mut bytes, &mut real] {
                let moof = fragment(bytes).unwrap_or(0);
                place(bytes, moof, 1, &[(1, 1), (2, 2)]);
            }
        }
    }
}
