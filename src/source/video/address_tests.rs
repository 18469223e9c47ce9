use proptest::prelude::*;

use super::*;

fn address(word: &str) -> Address {
    Address::new(word).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn addresses_are_reached_as_written_and_shown_without_secrets() {
    for (word, target, shown) in [
        ("rtsp://me:secret@cam.local:554/live", "rtsp://me:secret@cam.local:554/live", "rtsp://cam.local:554/live"),
        ("rtsp://cam/live?tcp", "rtsp://cam/live?tcp", "rtsp://cam/live?…"),
        ("RTSP://Cam/Live", "rtsp://Cam/Live", "rtsp://Cam/Live"),
        ("HTTP://host/a.mp4", "http://host/a.mp4", "http://host/a.mp4"),
        (" http://host/a.mp4", "http://host/a.mp4", "http://host/a.mp4"),
        ("http:/u:pw@host/a", "http://u:pw@host/a", "http://host/a"),
        ("http://host:8080/a.jpg?token=s3cret", "http://host:8080/a.jpg?token=s3cret", "http://host:8080/a.jpg?…"),
        ("http://host/v.cgi?user=me&pwd=s", "http://host/v.cgi?user=me&pwd=s", "http://host/v.cgi?…"),
        ("http://host/a?name=b.jpg", "http://host/a?name=b.jpg#picture", "http://host/a?…"),
        ("http://host/a#token=x", "http://host/a#token=x", "http://host/a?…"),
        ("rtsp://me:pa/ss@host/live", "rtsp://me:pa%2Fss@host/live", "rtsp://host/live"),
        ("rtsp://me:p@ss@host/live", "rtsp://me:p%40ss@host/live", "rtsp://host/live"),
        ("rtsp://me:p@s/s@host/live", "rtsp://me:p@s/s@host/live", "rtsp://…@host/live"),
        ("rtsp://me:p?#s@host/live", "rtsp://me:p%3F%23s@host/live", "rtsp://host/live"),
        ("rtsp://me:p%2Fs@host:1/live", "rtsp://me:p%2Fs@host:1/live", "rtsp://host:1/live"),
        ("rtsp://me:1234/5@host/live", "rtsp://me:1234/5@host/live", "rtsp://…@host/live"),
        ("http://me:s@host/a?mail=b@c", "http://me:s@host/a?mail=b@c", "http://…"),
        ("http://host/a@2x.jpg", "http://host/a@2x.jpg#picture", "http://host/a@2x.jpg"),
        (
            "rtsp://cam:554/user=admin_password=x_channel=1.sdp",
            "rtsp://cam:554/user=admin_password=x_channel=1.sdp",
            "rtsp://cam:554/user=…",
        ),
        ("rtsp://u:p@[fe80::1]:554/a", "rtsp://u:p@[fe80::1]:554/a", "rtsp://[fe80::1]:554/a"),
        ("http://[::1]/a", "http://[::1]/a", "http://[::1]/a"),
        ("ftp://me:pw@host/a.mp4", "ftp://me:pw@host/a.mp4", "ftp://host/a.mp4"),
        ("mms://me:pw@host/a", "mmsh://me:pw@host/a", "mms://host/a"),
        ("udp://@:1234", "udp://@:1234", "udp://:1234"),
        ("rtmp://host:1935/app/SECRETkey", "rtmp://host:1935/app/SECRETkey", "rtmp://host:1935/app/…"),
        ("rtmp://me:pw@host/app/room/KEY?x=1", "rtmp://me:pw@host/app/room/KEY?x=1", "rtmp://host/app/…/…?…"),
        ("rtmps:/host/app/KEY", "rtmps://host/app/KEY", "rtmps://host/app/…"),
        ("rtmp://host/app", "rtmp://host/app", "rtmp://host/app"),
        ("srt://host:9?passphrase=abcdefghij", "srt://host:9?passphrase=abcdefghij", "srt://host:9?…"),
    ] {
        let address = address(word);
        assert_eq!((address.target(), address.shown().as_str()), (target, shown), "{word}");
        assert_eq!(address.name(), shown);
        assert_eq!(format!("{address:?}"), shown);
        assert!(address.is_stream() && address.file().is_none(), "{word}");
    }
}

#[test]
fn what_has_no_end_and_what_is_fit_for_a_folder() {
    assert!(address("rtsp://cam/a").is_endless() && !address("http://host/a.mp4").is_endless());
    assert_eq!(address("rtsp://me:secret@cam.local:554/live?x=1").stem(), "cam.local-554-live");
    assert_eq!(address("http://…").stem(), "video");
    assert_eq!(address("rtmp://host/app/SECRETkey").stem(), "host-app");
    assert_eq!(without_secrets("rtmpt://host/app/SECRETkey"), "rtmpt://host/app/…");
    assert!(!Address::new("rtmpe://host/app/SECRETkey").unwrap_err().to_string().contains("SECRET"));
}

#[test]
fn files_are_named_by_paths_and_by_file_addresses() {
    let clip = address("/tmp/my clip: one.mp4");
    assert_eq!((clip.name().as_str(), clip.stem().as_str()), ("my clip: one.mp4", "my-clip--one"));
    assert!(!clip.is_stream() && clip.file().is_some());
    assert_eq!(address("..").stem(), "video");
    for (word, path) in [
        ("file:///tmp/my%20clip.mp4", "/tmp/my clip.mp4"),
        ("FILE://localhost/tmp/a.mp4", "/tmp/a.mp4"),
        ("file:/tmp/a.mp4", "/tmp/a.mp4"),
        ("file:///tmp/100%.mp4", "/tmp/100%.mp4"),
        ("file:///tmp/%C3%A9.mp4", "/tmp/é.mp4"),
        ("./scene:5", "./scene:5"),
        ("./http://x", "./http://x"),
        ("a:b.mp4", "a:b.mp4"),
        ("concat:a.ts|b.ts", "concat:a.ts|b.ts"),
        ("C:/clips/a.mp4", "C:/clips/a.mp4"),
    ] {
        assert_eq!(address(word).file(), Some(PathBuf::from(path)), "{word}");
    }
}

#[test]
fn what_is_no_address_is_refused_without_its_secrets() {
    for (word, part) in [
        ("gopher://me:secret@host/x", "gopher:// are not understood; those with rtsp"),
        ("x://me:secret@host/x", "./ before it"),
        ("rtsp://me:secret", "port"),
        ("http://me:secret/path", "port"),
        ("http://me:secret@host/a b", "%20"),
        ("http://me:secret@host/a\r\nHost: secret", "control characters"),
        ("file://secret-server/share/a.mp4", "file:///path"),
    ] {
        let error = Address::new(word).unwrap_err().to_string();
        assert!(error.contains(part) && (!error.contains("secret") || word.starts_with("file")), "{error}");
    }
}

proptest! {
    #[test]
    fn no_secret_survives(
        scheme in "rtsp|http|https|ftp|mms|srt|gopher|rtmp|x-y",
        user in "[a-z]{0,5}",
        // Whatever people choose, `/`, `@`, `:`, `?` and `#` included; marked so that any piece of it is found.
        secret in "[QZ/@:?#%&=!$. ]{1,12}",
        end in "/live|/a[.]jpg|:554/b|",
        key in "token|pwd|password",
    ) {
        // What is left of a secret of signs alone says nothing.
        prop_assume!(secret.contains(['Q', 'Z']));
        for word in [format!("{scheme}://{user}:{secret}@host{end}"), format!("{scheme}://host{end}?{key}={secret}"),
            format!("{scheme}://me:Q@host{end}?a=1&{key}={secret}"), format!("{scheme}://host/{key}={secret}/live")]
        {
            let said = match Address::new(&word) {
                Ok(address) => format!("{} {} {} {address:?}", address.shown(), address.name(), address.stem()),
                Err(error) => error.to_string(),
            };
            // Only what stands in a path behind a slash can be anything else.
            let hidden = word.contains(&format!("/{key}=")) && secret.contains('/');
            prop_assert!(hidden || !said.contains(['Q', 'Z']), "{word}: {said}");
        }
    }
}
