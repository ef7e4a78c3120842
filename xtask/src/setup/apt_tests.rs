use super::{Source, os_release_value, parse_deb822, parse_list};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

const DEB822: &str = "\
Types: deb
# a snapshot that somebody noted down
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/archive.gpg

Types: deb deb-src
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main contrib

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.test/debian
Suites: bookworm
Components: main
";

#[test]
fn reads_deb822_sources() {
    let sources = parse_deb822(DEB822);
    assert_eq!(sources.len(), 2, "{sources:?}");
    assert_eq!(
        sources[0],
        Source {
            uris: words("http://mirror.test/debian"),
            suites: words("bookworm bookworm-updates"),
            components: words("main"),
            signed_by: Some("/usr/share/keyrings/archive.gpg".into()),
        }
    );
    assert_eq!(sources[1].components, words("main contrib"));
    assert_eq!(sources[1].signed_by, None);
}

#[test]
fn keeps_a_key_that_stands_in_the_file() {
    let text = "Types: deb\nURIs: http://a.test\nSuites: s\nComponents: main\nSigned-By:\n -----BEGIN\n .\n key\n";
    let source = &parse_deb822(text)[0];
    assert_eq!(source.signed_by.as_deref(), Some("\n -----BEGIN\n .\n key"));
    assert!(
        source
            .for_suite("other")
            .ends_with("Signed-By: \n -----BEGIN\n .\n key\n")
    );
}

#[test]
fn reads_one_line_sources() {
    let text = "\
# deb http://no.test/debian bookworm main
deb-src http://no.test/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib # the usual
debris
deb
";
    let sources = parse_list(text);
    assert_eq!(
        sources,
        [Source {
            uris: words("http://mirror.test/debian"),
            suites: words("bookworm"),
            components: words("main contrib"),
            signed_by: Some("/k.gpg".into()),
        }]
    );
}

#[test]
fn writes_another_suite_of_the_same_mirror() {
    let text = parse_deb822(DEB822)[0].for_suite("trixie-backports");
    let again = parse_deb822(&text);
    assert_eq!(again[0].uris, words("http://mirror.test/debian"));
    assert_eq!(again[0].suites, words("trixie-backports"));
    assert_eq!(
        again[0].signed_by.as_deref(),
        Some("/usr/share/keyrings/archive.gpg")
    );
}

#[test]
fn reads_os_release() {
    let text = "ID=debian\nVERSION_CODENAME=\"bookworm\"\n";
    assert_eq!(
        os_release_value(text, "VERSION_CODENAME").as_deref(),
        Some("bookworm")
    );
    assert_eq!(os_release_value(text, "VERSION"), None);
}
