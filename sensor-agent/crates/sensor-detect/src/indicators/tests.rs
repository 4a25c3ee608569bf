//! Feeds and the set that is made of them.

use std::time::Duration;

use super::*;

const NOW: Timestamp = Timestamp::from_nanos(1_800_000_000_000_000_000);

fn set(feed: &str) -> IndicatorSet {
    let import = read(feed.as_bytes()).unwrap();
    assert_eq!(import.problems, [], "{feed}");
    let mut set = IndicatorSet::default();
    set.add("test", import.indicators).unwrap();
    set
}

fn problems(feed: &str) -> Vec<(usize, String)> {
    let import = read(feed.as_bytes()).unwrap();
    import
        .problems
        .into_iter()
        .map(|problem| (problem.place, problem.reason))
        .collect()
}

#[test]
fn addresses_match_by_themselves_and_by_the_longest_network() {
    let set = set(
        "kind,value,family\nip,198.51.100.7,A\nnetwork,198.51.100.0/24,B\nnetwork,198.51.0.0/16,C\nnetwork,2001:db8:5::/48,D\n",
    );
    let family = |address: &str| {
        let hit = set.address(address.parse().unwrap(), NOW)?;
        hit.indicator.family.clone()
    };
    assert_eq!(family("198.51.100.7").as_deref(), Some("A"));
    assert_eq!(family("::ffff:198.51.100.7").as_deref(), Some("A"));
    assert_eq!(family("198.51.100.8").as_deref(), Some("B"));
    assert_eq!(family("198.51.101.8").as_deref(), Some("C"));
    assert_eq!(family("2001:db8:5:1::1").as_deref(), Some("D"));
    assert_eq!(family("2001:db8:6::1"), None);
    assert_eq!(family("198.52.0.1"), None);
}

#[test]
fn names_match_in_any_case_and_a_wildcard_stands_for_what_is_below_only() {
    let set = set("kind,value\ndomain,Evil.example\ndomain,*.bad.example.\n");
    let hit = |name| set.domain(name, NOW).is_some();
    assert!(hit("evil.example") && hit("EVIL.EXAMPLE."));
    assert!(!hit("www.evil.example") && !hit("vil.example"));
    assert!(hit("a.bad.example") && hit("a.B.bad.example"));
    assert!(!hit("bad.example") && !hit("notbad.example"));
}

#[test]
fn requests_match_on_their_host_or_on_any_without_scheme_port_and_query() {
    let set =
        set("kind,value\nurl,http://user@Evil.example:8080/Gate.php?id=7\nurl,/any/where.exe\n");
    let hit = |host, path| set.url(host, path, NOW).is_some();
    assert!(hit(Some("evil.example"), "/Gate.php"));
    assert!(hit(Some("EVIL.example:80"), "/Gate.php"));
    assert!(!hit(Some("evil.example"), "/gate.php"));
    assert!(!hit(Some("good.example"), "/Gate.php"));
    assert!(hit(None, "/any/where.exe") && hit(Some("good.example"), "/any/where.exe"));
}

#[test]
fn an_expired_indicator_matches_nothing_and_hits_are_counted() {
    let set = set("kind,value,expires\nip,192.0.2.1,2027-01-15T08:00:00Z\n");
    let address = "192.0.2.1".parse().unwrap();
    let end = set.listed().first().unwrap().indicator.expires.unwrap();
    assert!(set.address(address, end).is_some());
    assert!(
        set.address(address, end.after(Duration::from_nanos(1)))
            .is_none()
    );
    let listed = set.listed().first().unwrap();
    assert_eq!((listed.hits(), listed.last_hit()), (1, Some(end)));
}

#[test]
fn a_plain_list_says_its_kinds_by_form() {
    let import = read(b"# blocklist\n192.0.2.1\n192.0.2.0/24\nevil.example\nhttps://evil.example/x\nd41d8cd98f00b204e9800998ecf8427e\n").unwrap();
    let kinds: Vec<IndicatorKind> = import.indicators.iter().map(|i| i.kind).collect();
    assert_eq!(
        kinds,
        [
            IndicatorKind::Ip,
            IndicatorKind::Network,
            IndicatorKind::Domain,
            IndicatorKind::Url,
            IndicatorKind::FileHash
        ]
    );
}

#[test]
fn lines_that_are_no_indicator_are_named_and_the_others_taken() {
    let feed = "kind,value,verdict,expires\nip,300.1.1.1,,\nip,192.0.2.1,,\nport,80,,\nnetwork,0.0.0.0/0,,\nip,192.0.2.2,maybe,\nip,192.0.2.3,,tomorrow\n";
    let found = problems(feed);
    assert_eq!(read(feed.as_bytes()).unwrap().indicators.len(), 1);
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7]);
    assert_eq!(found[0].1, "`300.1.1.1` is no IP address");
    assert!(found[2].1.contains("prefix shorter than 8"));
}

#[test]
fn stix_bundles_give_their_simple_patterns() {
    let feed = r#"{"type":"bundle","id":"bundle--1","objects":[
        {"type":"malware","id":"malware--1","name":"x"},
        {"type":"indicator","name":"Stuxnet C2","pattern_type":"stix","valid_until":"2030-01-01T00:00:00Z",
         "pattern":"[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value = '192.0.2.0/24'] OR [domain-name:value = 'evil.example']"},
        {"type":"indicator","pattern":"[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']","indicator_types":["anomalous-activity"]},
        {"type":"indicator","pattern":"[url:value = 'http://evil.example/it\\'s']"}
    ]}"#;
    let import = read(feed.as_bytes()).unwrap();
    assert_eq!(import.problems, []);
    let values: Vec<String> = import.indicators.iter().map(ToString::to_string).collect();
    assert_eq!(
        values,
        [
            "ip 192.0.2.1",
            "network 192.0.2.0/24",
            "domain evil.example",
            "file_hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "url evil.example/it's",
        ]
    );
    assert_eq!(import.indicators[0].family.as_deref(), Some("Stuxnet C2"));
    assert!(import.indicators[0].expires.is_some());
    assert_eq!(import.indicators[3].verdict, Verdict::Suspicious);
}

#[test]
fn a_pattern_that_means_more_than_single_values_is_left_out_whole() {
    for pattern in [
        "[ipv4-addr:value = '192.0.2.1' AND domain-name:value = 'evil.example']",
        "[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']",
        "[ipv4-addr:value != '192.0.2.1']",
        "[ipv4-addr:value IN ('192.0.2.1')]",
        "[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS",
        "[ipv4-addr:value = '192.0.2.1'",
        "[ipv4-addr:value = '192.0.2.1]",
        "",
    ] {
        let feed = serde_json::json!([{"type": "indicator", "pattern": pattern}]).to_string();
        let import = read(feed.as_bytes()).unwrap();
        assert!(import.indicators.is_empty(), "{pattern}");
        assert_eq!(import.left_out, 1, "{pattern}");
    }
}

#[test]
fn what_is_no_feed_is_refused_in_one_line() {
    assert_eq!(read(b"  ").unwrap_err(), "the feed is empty");
    assert!(
        read(b"{\"a\":1}")
            .unwrap_err()
            .starts_with("the feed is no STIX bundle")
    );
    assert!(read(&[b'a', 0xff]).unwrap_err().contains("octet 2"));
}

#[test]
fn a_full_set_refuses_a_source_whole() {
    let indicator = Indicator::new(IndicatorKind::Domain, "evil.example").unwrap();
    let mut set = IndicatorSet::default();
    set.add("big", vec![indicator.clone(); MOST_INDICATORS - 1])
        .unwrap();
    let refused = set.add("more", vec![indicator.clone(); 3]).unwrap_err();
    assert_eq!(refused, Refused { left_out: 2 });
    assert_eq!(set.len(), MOST_INDICATORS - 1);
    set.add("one", vec![indicator]).unwrap();
}

#[test]
fn the_built_in_list_is_well_formed() {
    let import = builtin();
    assert_eq!(import.problems, []);
    assert!(import.indicators.iter().all(|i| i.family.is_some()));
    assert!(!IndicatorSet::of_the_program().is_empty());
}
