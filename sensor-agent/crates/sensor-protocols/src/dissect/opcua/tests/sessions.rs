//! Sessions of named captures.

use super::{Session, bytes, check, chunk, framed, seed};
use crate::dissect::Role;

/// `opcua/icsnpp_client_server_minimal.pcap`, the start of its second connection.
#[rustfmt::skip]
const MINIMAL: &[&str] = &[
    // 25
    "> 48454c463800000000000000ffff0000ffff00000000000000000000180000006f70632e7463703a2f2f6c6f63616c686f73743a34383430",
    // 27
    "< 41434b461c00000000000000ffff0000ffff00000000000000000000",
    // 31
    "> 4f504e4684000000000000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e65ffffffffffffffff01000000010000000100be0100008adeb4f275cad5010000000000000000ffffffff00000000000000000000000000000001000000ffffffffc0270900",
    // 33
    "< 4f504e4687000000060000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e65ffffffffffffffff01000000010000000100c101be98bcf275cad501000000000000000000ffffffff000000000000000600000006000000aa98bcf275cad501c0270900ffffffff",
    // 35
    "> 4d5347465d000000060000000600000002000000020000000100ac0100000ca5bcf275cad5010200000000000000ffffffff10270000000000180000006f70632e7463703a2f2f6c6f63616c686f73743a34383430ffffffffffffffff",
    // 37
    "< 4d534746dc010000060000000600000002000000020000000100af01b823c4f275cad501020000000000000000ffffffff00000001000000180000006f70632e7463703a2f2f6c6f63616c686f73743a343834302000000075726e3a6f70656e36323534312e7365727665722e6170706c69636174696f6e14000000687474703a2f2f6f70656e36323534312e6f72670302000000656e220000006f70656e36323534312d6261736564204f5043205541204170706c69636174696f6e00000000ffffffffffffffffffffffffffffffff010000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e65020000001a0000006f70656e36323534312d616e6f6e796d6f75732d706f6c69637900000000ffffffffffffffffffffffff190000006f70656e36323534312d757365726e616d652d706f6c69637901000000ffffffffffffffff2f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e6541000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412d50726f66696c652f5472616e73706f72742f75617463702d756173632d756162696e61727901",
    // 39
    "> 4d534746a6000000060000000600000003000000030000000100cd010000d02ec4f275cad5010300000000000000ffffffff102700000000001c00000075726e3a756e636f6e666967757265643a6170706c69636174696f6effffffff0001000000ffffffffffffffffffffffffffffffff180000006f70632e7463703a2f2f6c6f63616c686f73743a34383430ffffffffffffffffffffffff00000000804f3241ffffff7f",
    // 41
    "< 4d53474642020000060000000600000003000000030000000100d001d625ccf275cad501030000000000000000ffffffff0000000401008ec339e305e0252773f76fd67047a4ca040100024989f8846a012a40543533b25b452400000000804f3241200000001ff2f4275e4901aa9166c87806767225483144b447d9a00a11698ae31bbaf1c5ffffffff01000000180000006f70632e7463703a2f2f6c6f63616c686f73743a343834302000000075726e3a6f70656e36323534312e7365727665722e6170706c69636174696f6e14000000687474703a2f2f6f70656e36323534312e6f72670302000000656e220000006f70656e36323534312d6261736564204f5043205541204170706c69636174696f6e00000000ffffffffffffffffffffffffffffffff010000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e65020000001a0000006f70656e36323534312d616e6f6e796d6f75732d706f6c69637900000000ffffffffffffffffffffffff190000006f70656e36323534312d757365726e616d652d706f6c69637901000000ffffffffffffffff2f000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412f5365637572697479506f6c696379234e6f6e6541000000687474703a2f2f6f7063666f756e646174696f6e2e6f72672f55412d50726f66696c652f5472616e73706f72742f75617463702d756173632d756162696e61727901ffffffffffffffffffffffff00000000",
    // 43
    "> 4d534746a1000000060000000600000004000000040000000100d301040100024989f8846a012a40543533b25b4524b22bccf275cad5010500000000000000ffffffffc0270900000000ffffffffffffffffffffffffffffffff010044010136000000190000006f70656e36323534312d757365726e616d652d706f6c6963790500000075736572310800000070617373776f7264ffffffffffffffffffffffff",
    // 45
    "< 4d53474660000000060000000600000004000000040000000100d601dcc7d3f275cad501050000000000000000ffffffff00000020000000f930866b7ee1f66d9e3063b69555412cab994f674e5e8456ad2cb4257f75794affffffffffffffff",
    // 47
    "> 4d534746710000000600000006000000050000000500000001000f02040100024989f8846a012a40543533b25b4524ded4d3f275cad5010600000000000000ffffffff0000000000000000000000000000000000000000000000000001000000005500000000000000000000003f000000",
    // 49
    "< 4d5347469a01000006000000060000000500000005000000010012022851dbf275cad501060000000000000000ffffffff0000000100000000000000ffffffff06000000002801003d00000a000000466f6c6465725479706503000000000a000000466f6c646572547970650800000000000023010100cd08000006000000536572766572030000000006000000536572766572010000000100d407002301010150e301000c00000054686547726561744e6f64650305000000656e2d55530f0000005468654e657747726561744e6f6465010000000101662f002301010135d200000c0000005661726961626c654e6f64650305000000656e2d5553120000005468654e65775661726961626c654e6f646502000000003f002301010136d201000c00000054686547726561744e6f64650305000000656e2d55530f0000005468654e657747726561744e6f6465010000000101662f002301010137d200000c0000005661726961626c654e6f64650305000000656e2d5553120000005468654e65775661726961626c654e6f646502000000003fffffffff",
    // 51
    "> 4d534746710000000600000006000000060000000600000001000f02040100024989f8846a012a40543533b25b45245a56dbf275cad5010700000000000000ffffffff0000000000000000000000000000000000000000000000000001000000005502000000000000000000003f000000",
    // 53
    "< 4d534746bc0100000600000006000000060000000600000001001202d6d7e2f275cad501070000000000000000ffffffff0000000100000000000000ffffffff070000000023000054000004000000526f6f74030000000004000000526f6f7401000000003d002801003d00000a000000466f6c6465725479706503000000000a000000466f6c646572547970650800000000000023010100cd08000006000000536572766572030000000006000000536572766572010000000100d407002301010150e301000c00000054686547726561744e6f64650305000000656e2d55530f0000005468654e657747726561744e6f6465010000000101662f002301010135d200000c0000005661726961626c654e6f64650305000000656e2d5553120000005468654e65775661726961626c654e6f646502000000003f002301010136d201000c00000054686547726561744e6f64650305000000656e2d55530f0000005468654e657747726561744e6f6465010000000101662f002301010137d200000c0000005661726961626c654e6f64650305000000656e2d5553120000005468654e65775661726961626c654e6f646502000000003fffffffff",
    // 55
    "> 4d534746600000000600000006000000070000000700000001001303040100024989f8846a012a40543533b25b452454e1e2f275cad5010800000000000000ffffffff000000000000000000000000407f40102700000a000000000000000100",
    // 57
    "< 4d53474648000000060000000600000007000000070000000100160378b0eaf275cad501080000000000000000ffffffff000000010000000000000000407f40102700000a000000",
    // 59
    "> 4d5347468d000000060000000600000008000000080000000100ef02040100024989f8846a012a40543533b25b452488b9eaf275cad5010900000000000000ffffffff000000000000000100000002000000010000000301000a0000007468652e616e737765720d000000ffffffff0000ffffffff02000000010000000000000000406f400000000100000001",
    // 61
    "< 4d53474653000000060000000600000008000000080000000100f202b255f2f275cad501090000000000000000ffffffff000000010000000000348000000000000000000000000000000000000000ffffffff",
];

/// Frames of the same connection: requests and what answers them.
#[rustfmt::skip]
const PAIRS: &[[&str; 2]] = &[
    // 63 and 81
    [
    "> 4d5347464e0000000600000006000000090000000900000001003a03040100024989f8846a012a40543533b25b45248e5bf2f275cad5010a00000000000000ffffffff60ea000000000000000000",
    "< 4d534746550000000600000006000000090000000900000001003d03f2fd36f375cad5010a0000000000000000ffffffff00000001000000ffffffff0001000000f2fd36f375cad501ffffffffffffffffffffffff",
    ],
    // 85 and 87
    [
    "> 4d534746790000000600000006000000140000001400000001007702040100024989f8846a012a40543533b25b4524620b37f375cad5011500000000000000ffffffff00000000000000000000000000000000000000010000000301000a0000007468652e616e737765720d000000ffffffff0000ffffffff",
    "< 4d5347464100000006000000060000000a0000001400000001007a0250843ef375cad501150000000000000000ffffffff000000010000000200003480ffffffff",
    ],
    // 89 and 91
    [
    "> 4d5347466d000000060000000600000015000000150000000100a102040100024989f8846a012a40543533b25b4524988c3ef375cad5011600000000000000ffffffff00000000000000010000000301000a0000007468652e616e737765720d000000ffffffff010601000000",
    "< 4d5347464000000006000000060000000b000000150000000100a402ae2846f375cad501160000000000000000ffffffff0000000100000000003480ffffffff",
    ],
    // 121 and 123
    [
    "> 4d53474669000000060000000600000018000000180000000100c802040100024989f8846a012a40543533b25b45246cf664f375cad5011900000000000000ffffffff0000000000000001000000005501014df4010000000c0c00000048656c6c6f20536572766572",
    "< 4d5347464c000000060000000600000018000000180000000100cb0266636cf375cad501190000000000000000ffffffff0000000100000000003480ffffffffffffffffffffffffffffffff",
    ],
    // 133 and 135
    [
    "> 4d534746d100000006000000060000001b0000001b0000000100e801040100024989f8846a012a40543533b25b4524f0a67bf375cad5011c00000000000000ffffffff0000000000000001000000005500230101000001000c00000054686547726561744e6f646501000000010062010158000000000000000305000000656e2d55530f0000005468654e657747726561744e6f6465030500000064652d44452000000048696572206b6f656e6e7465204968726520576562756e672073746568656e210000000000000000000101662f",
    "< 4d5347464400000006000000060000001b0000001b0000000100eb0144d783f375cad5011c0000000000000000ffffffff0000000100000000000000010138d2ffffffff",
    ],
    // 141 and 143
    [
    "> 4d5347464b00000006000000060000001d0000001d0000000100d901040100024989f8846a012a40543533b25b45245cb28bf375cad5011e00000000000000ffffffff1027000000000001",
    "< 4d5347463400000006000000060000001d0000001d0000000100dc012efb93f375cad5011e0000000000000000ffffffff000000",
    ],
];

#[rustfmt::skip]
const MINIMAL_SEEN: &[&str] = &[
    "> 65537 hello (session) endpoint_url=\"opc.tcp://localhost:4840\"",
    "< 65537 hello (session) ok answers #1",
    "> 446 open_secure_channel (session) security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" token_request=0 security_mode=1 token_lifetime_ms=600000",
    "< 446 open_secure_channel (session) security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" token_lifetime_ms=600000 ok answers #3",
    "> 428 get_endpoints (discovery) endpoint_url=\"opc.tcp://localhost:4840\"",
    "< 428 get_endpoints (discovery) endpoint_url=\"opc.tcp://localhost:4840\" application_uri=\"urn:open62541.server.application\" product_uri=\"http://open62541.org\" security_mode=1 security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" user_token_offered=0 user_token_offered=1 ok ~software=\"open62541-based OPC UA Application\" answers #5",
    "> 461 create_session (session) application_uri=\"urn:unconfigured:application\" endpoint_url=\"opc.tcp://localhost:4840\"",
    "< 461 create_session (session) endpoint_url=\"opc.tcp://localhost:4840\" application_uri=\"urn:open62541.server.application\" product_uri=\"http://open62541.org\" security_mode=1 security_policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" user_token_offered=0 user_token_offered=1 ok ~software=\"open62541-based OPC UA Application\" answers #7",
    "> 467 activate_session (auth) user_token=1 user_name=\"user1\" password_protection=0",
    "< 467 activate_session (auth) ok answers #9",
    "> 527 browse (discovery) i=85",
    "< 527 browse (discovery) ok answers #11",
    "> 527 browse (discovery) i=85",
    "< 527 browse (discovery) ok answers #13",
    "> 787 create_subscription (session)",
    "< 787 create_subscription (session) subscription=1 ok answers #15",
    "> 751 create_monitored_items (read) subscription=1 ns=1;s=the.answer",
    "< 751 create_monitored_items (read) failed_item=0 error 0x80340000 BadNodeIdUnknown answers #17",
];

#[test]
fn a_session_of_a_client_of_open62541() {
    check(&mut Session::default(), MINIMAL, MINIMAL_SEEN);
}

/// Where the capture begins within a channel content decides what can be read.
#[test]
fn requests_and_responses_in_the_middle_of_a_channel() {
    let mut seen = Vec::new();
    for pair in PAIRS {
        let mut session = Session::default();
        for message in pair {
            let role = if message.starts_with('>') {
                Role::Client
            } else {
                Role::Server
            };
            session.segment(role, &bytes(&message[1..]), false);
        }
        seen.extend(session.seen);
    }
    assert_eq!(
        seen,
        [
            "> 826 publish (event)",
            "< 826 publish (event) subscription=1 ok answers #1",
            "> 631 read (read) ns=1;s=the.answer",
            "< 631 read (read) failed_item=0 +9 error 0x80340000 BadNodeIdUnknown answers #1",
            "> 673 write (write) ns=1;s=the.answer +35",
            "< 673 write (write) failed_item=0 error 0x80340000 BadNodeIdUnknown answers #1",
            "> 712 call (control) i=85 method=\"ns=1;i=62541\"",
            "< 712 call (control) failed_item=0 error 0x80340000 BadNodeIdUnknown answers #1",
            "> 488 add_nodes (config) i=85 ns=1;i=0",
            "< 488 add_nodes (config) ns=1;i=53816 ok answers #1",
            "> 473 close_session (session)",
            "< 473 close_session (session) ok answers #1",
        ]
    );
}

fn signed(policy: &str) -> Session {
    let mut session = Session::open();
    let length = u32::try_from(policy.len()).unwrap().to_le_bytes();
    // Certificate, thumbprint, and what nobody can read.
    let security = [
        &length[..],
        policy.as_bytes(),
        &[3, 0, 0, 0, 0x30, 1, 5, 2, 0, 0, 0, 7, 7],
        &[0xa5; 256],
    ]
    .concat();
    for (role, channel) in [(Role::Client, 0_u8), (Role::Server, 1)] {
        let opening = [&[channel, 0, 0, 0][..], &security].concat();
        session.segment(role, &framed(*b"OPNF", &opening), false);
    }
    session
}

const BASIC: &str = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

/// With a policy the opening is encrypted. What is only signed begins as a service and ends with its signature.
#[test]
fn a_signed_channel_is_read_and_an_encrypted_one_is_not() {
    let mut session = signed(BASIC);
    assert_eq!(
        session.seen,
        [
            format!(
                "> 446 open_secure_channel (session) security_policy={BASIC:?} certificate_bytes=3 encrypted=1"
            ),
            format!(
                "< 446 open_secure_channel (session) security_policy={BASIC:?} certificate_bytes=3 encrypted=1"
            ),
        ]
    );
    session.seen.clear();
    let with_signature = |name: &str, number| {
        let body = [&seed(name).body[..], &[0x5e; 32]].concat();
        chunk(*b"MSGF", number, number, &body)
    };
    session.segment(Role::Client, &with_signature("CallRequest", 9), false);
    session.segment(Role::Server, &with_signature("CallResponse", 9), false);
    let hidden = chunk(*b"MSGF", 0xa5a5_a5a5, 0x5a5a_5a5a, &[0x77; 64]);
    session.segment(Role::Client, &hidden, false);
    let part = chunk(*b"MSGC", 0xa5a5_a5a5, 0x5a5a_5a5a, &[0x77; 64]);
    session.segment(Role::Server, &part, false);
    session.segment(Role::Server, &hidden, false);
    let close = framed(
        *b"CLOF",
        &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &[0x77; 64]].concat(),
    );
    session.segment(Role::Client, &close, false);
    assert_eq!(
        session.seen,
        [
            "> 712 call (control) ns=2;i=5 method=\"ns=2;s=Start\"",
            "< 712 call (control) ok answers #7",
            "> 65542 encrypted_message (session)/70",
            "< 65542 encrypted_message (session)/67",
            "< 65542 encrypted_message (session)/70",
            "> 452 close_secure_channel (session) encrypted=1",
        ]
    );
}

/// The middle of an encrypted channel: what it is does not show.
#[test]
fn what_cannot_be_read_of_an_unknown_channel_is_told_as_such() {
    let mut session = Session::default();
    session.segment(Role::Server, &chunk(*b"MSGF", 7, 7, &[0x77; 64]), false);
    assert_eq!(session.seen, ["< 65543 unreadable_message (session)/70"]);
}

#[test]
fn responses_are_held_against_their_requests() {
    let mut session = Session::open();
    session.segment(Role::Client, &seed("ReadRequest").chunk(2, 2), false);
    session.segment(Role::Server, &seed("WriteResponse").chunk(2, 2), false);
    assert!(
        session.last().ends_with("!mismatch"),
        "another service: {}",
        session.last()
    );
    session.segment(Role::Server, &seed("WriteResponse").chunk(3, 7), false);
    assert!(
        session.last().ends_with("!unsolicited"),
        "{}",
        session.last()
    );
    session.segment(Role::Client, &seed("DeleteNodesRequest").chunk(3, 3), false);
    session.segment(
        Role::Server,
        &seed("AddReferencesResponse").chunk(4, 3),
        false,
    );
    assert!(session.last().ends_with("!mismatch"), "{}", session.last());
    session.segment(Role::Server, &seed("WriteRequest").chunk(5, 4), false);
    assert!(
        session.last().ends_with("!wrong_role"),
        "{}",
        session.last()
    );
    let mut elsewhere = seed("ReadRequest").chunk(4, 4);
    elsewhere[8] = 9;
    session.segment(Role::Client, &elsewhere, false);
    assert!(
        session.last().ends_with("!mismatch"),
        "another channel: {}",
        session.last()
    );
    // Three values where two were written.
    session.segment(Role::Client, &seed("WriteRequest").chunk(5, 5), false);
    let three = [
        &seed("WriteResponse").body[..28],
        &[3, 0, 0, 0],
        &[0; 12],
        &[0xff; 4],
    ]
    .concat();
    session.segment(Role::Server, &chunk(*b"MSGF", 6, 5, &three), false);
    assert!(session.last().ends_with("!mismatch"), "{}", session.last());
}

/// A fault goes by the service of its request.
#[test]
fn a_service_fault_answers_its_request() {
    let mut session = Session::open();
    session.segment(Role::Client, &seed("CallRequest").chunk(2, 2), false);
    session.segment(Role::Server, &seed("ServiceFault").chunk(2, 2), false);
    assert_eq!(
        session.last(),
        "< 712 call (control) service_fault=397 error 0x800b0000 BadServiceUnsupported answers #5"
    );
}

/// The server opens the connection (OPC 10000-6, 7.1.3), and asks nothing for that.
#[test]
fn a_reverse_connection_has_its_client_at_the_other_end() {
    let mut session = Session::default();
    let text = |text: &str| {
        let length = u32::try_from(text.len()).unwrap().to_le_bytes();
        [&length[..], text.as_bytes()].concat()
    };
    let reverse = [text("urn:plc7"), text("opc.tcp://plc7:4840")].concat();
    session.segment(Role::Client, &framed(*b"RHEF", &reverse), false);
    session.segment(Role::Server, &framed(*b"HELF", &bytes(super::HELLO)), false);
    session.segment(
        Role::Client,
        &framed(*b"ACKF", &bytes(super::ACKNOWLEDGE)),
        false,
    );
    session.segment(
        Role::Server,
        &seed("OpenSecureChannelRequest").chunk(1, 1),
        false,
    );
    session.segment(
        Role::Client,
        &seed("OpenSecureChannelResponse").chunk(1, 1),
        false,
    );
    assert_eq!(
        session.seen[..3],
        [
            "- 65539 reverse_hello (session) server_uri=\"urn:plc7\" endpoint_url=\"opc.tcp://plc7:4840\"",
            "> 65537 hello (session) endpoint_url=\"opc.tcp://localhost:4840\"",
            "< 65537 hello (session) ok answers #2",
        ]
    );
    assert!(
        session.seen.iter().all(|line| !line.contains('!')),
        "{:?}",
        session.seen
    );
}

#[test]
fn an_error_ends_a_connection_and_says_why() {
    let mut session = Session::default();
    session.segment(Role::Client, &framed(*b"HELF", &bytes(super::HELLO)), false);
    let error = [
        &0x8083_0000_u32.to_le_bytes()[..],
        &0xffff_ffff_u32.to_le_bytes(),
    ]
    .concat();
    session.segment(Role::Server, &framed(*b"ERRF", &error), false);
    assert_eq!(
        session.last(),
        "< 65538 error (session) error 0x80830000 BadTcpEndpointUrlInvalid answers #1"
    );
    let unknown = [
        &0x8fff_0000_u32.to_le_bytes()[..],
        &0xffff_ffff_u32.to_le_bytes(),
    ]
    .concat();
    session.segment(Role::Server, &framed(*b"ERRF", &unknown), false);
    assert_eq!(
        session.last(),
        "< 65538 error (session) error 0x8fff0000 unknown !reserved_code"
    );
}

/// Buffers below the least, a chunk above what was agreed.
#[test]
fn sizes_are_held_against_what_was_agreed() {
    let mut session = Session::default();
    let mut small = bytes(super::HELLO);
    small[4..8].copy_from_slice(&100_u32.to_le_bytes());
    session.segment(Role::Client, &framed(*b"HELF", &small), false);
    assert!(session.last().ends_with("!bad_value"), "{}", session.last());
    let mut agreed = bytes(super::ACKNOWLEDGE);
    agreed[4..8].copy_from_slice(&8192_u32.to_le_bytes());
    session.segment(Role::Server, &framed(*b"ACKF", &agreed), false);
    let mut body = seed("ReadRequest").body.clone();
    body.resize(8192, 0);
    session.segment(Role::Client, &chunk(*b"MSGF", 1, 1, &body), false);
    assert!(session.last().contains("!bad_length"), "{}", session.last());
}
