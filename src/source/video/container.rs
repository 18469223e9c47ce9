//! Tells by its first bytes what a file is, so that nothing is opened that would open other files, never ends, or is no film.

use std::time::Duration;

/// How many first bytes are looked at: broken beginnings of transport streams and the run-in of MXF are shorter.
pub(super) const HEAD: u64 = 1 << 16;

/// All that a pipe may hold, which cannot be looked at before it is read; as libav calls it.
pub(super) const ALL: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,h264,hevc,vvc,m4v,cavsvideo,vc1,vc1test,h263,h261,obu,av1,ivf,flv,\
    live_flv,kux,asf,asf_o,wtv,ogg,mxf,gxf,yuv4mpegpipe,gif,apng,nut,rm,ty,nuv,dv,dirac,mjpeg,jpeg_pipe,mpjpeg,flic,smk,bink,nsv,swf,cine,r3d,dicom,\
    dhav,dnxhd,wav,flac,mp3,aac";

/// What streams may hold besides: lists of pieces, which libav reads by the protocols of the stream alone.
pub(super) const STREAMED: &str = "hls,dash,rtsp,rtp";

/// What both may: picture files.
pub(super) const PICTURES: &str =
    "jpegls_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,gif_pipe,ppm_pipe,pgm_pipe,pbm_pipe,jpegxl_pipe,j2k_pipe";

/// Containers of still pictures, for which libav is not the reader.
pub(super) const STILLS: [(&str, &[u8]); 5] = [
    ("JPEG", &[0xff, 0xd8, 0xff]),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
    ("BMP", b"BM"),
    ("TIFF", b"II*\0"),
    ("TIFF", b"MM\0*"),
];

/// Beginnings, and what may be tried for them.
const BEGINNINGS: [(&[u8], &str); 36] = [
    (&[0x1a, 0x45, 0xdf, 0xa3], "matroska"),
    (b"FLV", "flv,live_flv,kux"),
    (&[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11], "asf,asf_o"),
    (&[0xb7, 0xd8, 0x00, 0x20, 0x37, 0x49, 0xda, 0x11], "wtv"),
    (b"OggS", "ogg"),
    (&[0, 0, 0, 0, 1, 0xbc], "gxf"),
    (b"YUV4MPEG2", "yuv4mpegpipe"),
    (b"GIF8", "gif"),
    (b"\x89PNG\r\n\x1a\n", "apng"),
    (b"nut/multimedia container\0", "nut"),
    (b"DKIF", "ivf"),
    (b".RMF", "rm"),
    (b".RMP", "rm"),
    (b".ra\xfd", "rm"),
    (&[0xf5, 0x46, 0x7a, 0xbd], "ty"),
    (b"NuppelVideo", "nuv"),
    (b"MythTVVideo", "nuv"),
    (&[0x1f, 0x07, 0x00], "dv"),
    (b"BBCD", "dirac"),
    (&[0xff, 0xd8, 0xff], "mjpeg,jpeg_pipe"),
    (b"SMK2", "smk"),
    (b"SMK4", "smk"),
    (b"BIK", "bink"),
    (b"KB2", "bink"),
    (b"NSVf", "nsv"),
    (b"NSVs", "nsv"),
    (b"FWS", "swf"),
    (b"CWS", "swf"),
    (&[b'C', b'I', 0x2c, 0], "cine"),
    (b"DHAV", "dhav"),
    (b"DAHUA", "dhav"),
    (b"IMKH", "mpeg"),
    (&[0, 0, 2, 0x80, 1], "dnxhd"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3,aac"),
    (&[0x12, 0, 0x0a], "obu"),
];

/// Beginnings a few bytes into the file.
const FURTHER: [(usize, &[u8], &str); 5] = [
    (4, &[0x11, 0xaf], "flic"),
    (4, &[0x12, 0xaf], "flic"),
    (4, b"RED1", "r3d"),
    (4, b"RED2", "r3d"),
    (128, b"DICM", "dicom"),
];

/// First parts of MP4 and MOV files, of QuickTime's old ones too.
const PARTS: [&[u8; 4]; 14] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"udta", b"PICT", b"styp", b"sidx", b"moof",
    b"emsg", b"uuid",
];

/// Kinds of RIFF files.
const RIFF: [(&[u8; 4], &str); 5] =
    [(b"AVI ", "avi"), (b"AVIX", "avi"), (b"AMV ", "avi"), (b"CDXA", "mpeg"), (b"WAVE", "wav")];

/// Key of the first pack of an MXF file.
const MXF: [u8; 14] = [0x06, 0x0e, 0x2b, 0x34, 0x02, 0x05, 0x01, 0x01, 0x0d, 0x01, 0x02, 0x01, 0x01, 0x02];

/// What libav may take a file for that begins with these bytes; `None`: it is no film.
pub(super) fn demuxers(head: &[u8]) -> Option<&'static str> {
    let at = |place: usize, bytes: &[u8]| head.get(place..place + bytes.len()) == Some(bytes);
    if let Some((_, names)) = BEGINNINGS.iter().find(|(bytes, _)| at(0, bytes)) {
        return Some(names);
    }
    if let Some((_, _, names)) = FURTHER.iter().find(|(place, bytes, _)| at(*place, bytes)) {
        return Some(names);
    }
    if PARTS.iter().any(|part| at(4, *part)) || (at(4, b"jP  ") && at(16, b"ftypmj")) {
        return Some("mov");
    }
    if at(0, b"RIFF") || at(0, b"RIFX") {
        return RIFF.iter().find(|(kind, _)| at(8, *kind)).map(|(_, names)| *names);
    }
    if head.windows(MXF.len()).any(|window| window == MXF) {
        return Some("mxf");
    }
    if is_transport(head) {
        return Some("mpegts");
    }
    bare(head)
}

/// Packets of 188 bytes, or with four of time before or sixteen of repair behind; a recording may begin within one.
fn is_transport(head: &[u8]) -> bool {
    [188, 192, 204].into_iter().any(|length| {
        (0..length.min(head.len())).any(|first| {
            let packets = head.get(first..).unwrap_or_default().chunks_exact(length).take(16);
            packets.len() >= 4 && packets.filter_map(<[u8]>::first).all(|&byte| byte == 0x47)
                || packets_to_the_end(head, first, length)
        })
    })
}

/// Whether a file of less than four packets is nothing but packets.
fn packets_to_the_end(head: &[u8], first: usize, length: usize) -> bool {
    let packets = head.chunks_exact(length);
    first == 0
        && head.len() < 4 * length
        && packets.len() > 0
        && packets.remainder().is_empty()
        && packets.filter_map(<[u8]>::first).all(|&byte| byte == 0x47)
}

/// Streams of pictures without a container.
fn bare(head: &[u8]) -> Option<&'static str> {
    let zeros = head.iter().take_while(|&&byte| byte == 0).count();
    let code = (2..=64).contains(&zeros) && head.get(zeros) == Some(&1);
    match head {
        _ if code => Some("mpeg,mpegvideo,h264,hevc,vvc,m4v,cavsvideo,vc1"),
        [_, _, _, 0xc5, 4, 0, 0, 0, ..] => Some("vc1test"),
        [0, 0, third, ..] if (0x80..0x84).contains(third) => Some("h263"),
        [0, 1, third, ..] if third >> 4 == 0 => Some("h261"),
        [0xff, second, ..] if second & 0xe0 == 0xe0 => Some("mp3,aac"),
        _ if head.starts_with(b"--") && contains(head, b"image/jpeg") => Some("mpjpeg"),
        // The first unit of AV1's own format is an empty one of kind 2, behind three lengths.
        _ if head.get(..8).is_some_and(|start| contains(start, &[1, 0x10])) => Some("av1"),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What a text is that names other files instead of holding pictures, or draws with letters.
pub(super) fn list(head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |words: &str| head.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words.as_bytes()));
    let kinds: [(&str, &str); 9] = [
        ("#EXTM3U", "a playlist"),
        ("ffconcat", "a list of files for ffmpeg"),
        ("file ", "a list of files for ffmpeg"),
        ("[playlist]", "a playlist"),
        ("[reference]", "a playlist"),
        ("<MPD", "a playlist"),
        ("<?xml", "a text (XML)"),
        ("v=0", "a description of a stream (SDP)"),
        ("\x1b[", "a picture of letters for terminals"),
    ];
    kinds.iter().find(|(words, _)| begins(words)).map(|(_, kind)| *kind)
}

/// The name of the still picture that a file begins as.
pub(super) fn still(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("WebP");
    }
    STILLS.iter().find(|(_, bytes)| head.starts_with(bytes)).map(|(name, _)| *name)
}

/// Whether an MP4 file holds a still of the HEIF family: its first or a compatible brand says so.
pub(super) fn heif(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let length = head.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize);
    let brands = head.get(8..length.min(head.len())).unwrap_or_default();
    let has = |brand: &[u8; 4]| brands.chunks_exact(4).any(|other| other == brand);
    if [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"].into_iter().any(has) {
        Some("HEIC")
    } else if has(b"avif") || has(b"avis") {
        Some("AVIF")
    } else {
        has(b"mif1").then_some("HEIF")
    }
}

/// The length that the head of an ASF file (WMV) announces, if it is no broadcast: that of playing, without what is sent in advance.
pub(super) fn length_of_asf(head: &[u8]) -> Option<Duration> {
    const PROPERTIES: [u8; 16] =
        [0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11, 0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65];
    let at = head.windows(PROPERTIES.len()).position(|window| window == PROPERTIES)?;
    let number =
        |from: usize| head.get(at + from..).and_then(<[u8]>::first_chunk::<8>).map(|bytes| u64::from_le_bytes(*bytes));
    let (plays, preroll, flags) = (number(64)?, number(80)?, head.get(at + 88)?);
    // In units of 100 ns, and of a millisecond.
    let length = Duration::from_micros(plays / 10).checked_sub(Duration::from_millis(preroll))?;
    (flags & 1 == 0 && !length.is_zero()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_told_apart() {
        let packets = |length: usize, count: usize| {
            let mut bytes = vec![0xff; length * count];
            bytes.chunks_mut(length).for_each(|packet| packet[0] = 0x47);
            bytes
        };
        for length in [188, 192, 204] {
            assert_eq!(demuxers(&packets(length, 30)), Some("mpegts"), "{length}");
            assert_eq!(demuxers(&packets(length, 30)[77..]), Some("mpegts"), "cut within a packet of {length}");
        }
        assert_eq!(demuxers(&packets(188, 2)), Some("mpegts"), "a very short one");
        for (head, expect) in [
            (&b"\0\0\0\x18ftypmp42"[..], Some("mov")),
            (b"\0\0\x10\0mdat", Some("mov")),
            (b"\0\0\0\x01\x67\x42", Some("mpeg,mpegvideo,h264,hevc,vvc,m4v,cavsvideo,vc1")),
            (b"\0\0\x01\xba", Some("mpeg,mpegvideo,h264,hevc,vvc,m4v,cavsvideo,vc1")),
            (b"RIFF\0\0\0\0AVI LIST", Some("avi")),
            (b"RIFF\0\0\0\0WEBPVP8 ", None),
            (b"#EXTM3U\n", None),
            (b"ffconcat version 1.0\n", None),
            (b"v=0\r\n", None),
            (b"\x1b[31m#", None),
            (b"", None),
            (&[0; 4096], None),
        ] {
            assert_eq!(demuxers(head), expect, "{head:?}");
        }
    }

    #[test]
    fn asf_announces_its_length() {
        let mut head = vec![0; 130];
        head[30..46].copy_from_slice(b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65");
        // What ffmpeg writes for two seconds.
        head[94..102].copy_from_slice(&51_000_000_u64.to_le_bytes());
        head[110..118].copy_from_slice(&3100_u64.to_le_bytes());
        head[118] = 2;
        assert_eq!(length_of_asf(&head), Some(Duration::from_secs(2)));
        head[118] = 3;
        assert_eq!(length_of_asf(&head), None, "a broadcast");
        assert_eq!(length_of_asf(&head[..100]), None);
        assert_eq!(length_of_asf(b""), None);
    }

    #[test]
    fn what_is_no_film_has_a_name() {
        assert_eq!(list(b"\xef\xbb\xbf #extm3u\n"), Some("a playlist"));
        assert_eq!(list(b"\x1b[31m#"), Some("a picture of letters for terminals"));
        assert_eq!(list(b"Dear all"), None);
        assert_eq!(still(b"RIFF\0\0\0\0WEBPVP8 "), Some("WebP"));
        assert_eq!(heif(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), Some("HEIC"));
        assert_eq!(heif(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), None);
    }
}
