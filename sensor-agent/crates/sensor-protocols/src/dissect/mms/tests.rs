//! Messages of named captures and what is made of them, over the transport they come in.

mod hostile;

use crate::dissect::Role;
use crate::dissect::cotp::tests::{Session, bytes, check, packet};

fn tsdu(hex: &str) -> Vec<u8> {
    bytes(hex)
}

/// TSDUs of named captures, all of them without fault: associate and initiate, read, write, report
/// (`iti_iec61850_read.pcap` 8 and 12, `iti_iec61850_write.pcap` 12, `iti_mms_and_goose.pcap` 288), and
/// without the layers in between kill, takeControl, download, deleteProgramInvocation.
const SEEDS: &[&str] = &[
    "0db20506130100160102140200023302000134020001c19c318199a003800101a28191810400000001820400000001\
     a423300f0201010604520100013004060251013010020103060528ca22020130040602510188020600615a3058020101\
     a053605180020780a107060528ca220203a20606042bce0f02a303020117be35283306025101020103a02aa828800275\
     30810203e8820203e8830105a417800101810305fb00820d03ffffffffffffffffffffff00",
    "0100010061 1d301b020103a016a014020100a40f800100a10aa0083006a00480026d75",
    "0100010061 1d301b020103a016a014020100a50fa0083006a00480026d75a003850100",
    "0100010061 5e305c020103a057a355a053a1058003525054a04a8a1a414131433151303141314c44302f4c4c4e302472\
     63625f493032840306500086013f8403050800a21ba207870508424800008501028403030000910848808dd8d916880a\
     84020240",
    "a01f020101bf2c198017523339353032343339374170706c69636174696f6e5f31",
    "a017020101b312a00a80087265736572766564830101860101",
    "a029020101ba24801044544c6f6746696c6573446f6d61696ea10d1a0b4d7553656341433830304d820100",
    "a01e0201019f27184d7553656375726974795f4170706c69636174696f6e5f31",
];

/// `iti_mms_and_goose.pcap`, frames 124 and 126: a variable that does not exist.
#[test]
fn an_error_goes_by_the_service_of_its_request() {
    check(
        &[
            "> 0300004202f0800100010061353033020103a02ea02c020304a273a625a023a1211a0e4141314531513031\
             4650324c44301a0f4c4c4e30244252247263625f423032",
            "< 0300002202f0800100010061153013020103a00ea20c800304a273a205a003870102",
        ],
        &[
            "> mms 0x6 getVariableAccessAttributes (discovery) \
             Name(\"AA1E1Q01FP2LD0/LLN0$BR$rcb_B02\")",
            "< mms 0x6 getVariableAccessAttributes (discovery) mms_pdu=2 \
             error 0x702 access: object-non-existent answers #1 after 1 ms",
        ],
    );
}

/// A TSDU in the layers below: tokens, data, presentation context 3, and the PDU in it.
fn layered(pdus: &[&str]) -> Vec<u8> {
    let length = |octets: &[u8]| u8::try_from(octets.len()).unwrap();
    let mut lists = Vec::new();
    for pdu in pdus {
        let pdu = tsdu(pdu);
        let list = [&[2, 1, 3, 0xa0, length(&pdu)], pdu.as_slice()].concat();
        lists.extend([0x30, length(&list)]);
        lists.extend(list);
    }
    [&[1, 0, 1, 0, 0x61, length(&lists)], lists.as_slice()].concat()
}

/// What is told of one TSDU.
fn line(sender: Role, tsdu: &[u8]) -> String {
    let mut session = Session::default();
    session.segment(sender, &packet(tsdu), true);
    assert_eq!(session.seen.len(), 1);
    session.last().to_owned()
}

const WRITE: &str = "020100 a50f a0083006a00480026d75 a003850100";

/// `Cancel-ErrorPDU`: the error is the second of two members and no modifier.
#[test]
fn a_cancellation_that_is_refused_is_an_error() {
    let told = line(Role::Server, &layered(&["a70a 800107 a105a003870102"]));
    assert!(
        told.contains("cancel") && told.contains("error 0x702"),
        "{told}"
    );
}

/// ISO 9506-2, `RejectPDU`: 7 is no reason, 8 and 9 are.
#[test]
fn reasons_to_reject_have_the_numbers_of_the_standard() {
    for (code, name) in [
        ("08", "max-recursion-exceeded"),
        ("09", "value-out-of-range"),
        ("07", "rejected: confirmed-requestPDU"),
    ] {
        let told = line(
            Role::Server,
            &layered(&[&format!("a406 800107 8101{code}")]),
        );
        assert!(told.contains(name), "{told}");
    }
}

/// Two zero octets end an element of indefinite length and nothing else.
#[test]
fn a_write_does_not_hide_behind_an_end_of_contents() {
    let told = line(Role::Client, &layered(&[&format!("a014 {WRITE}")]));
    assert!(told.contains("write") && !told.contains('!'), "{told}");
    let indefinite = WRITE.replace("a50f", "a580") + "0000";
    let same = line(Role::Client, &layered(&[&format!("a016 {indefinite}")]));
    assert_eq!(same, told, "an indefinite length");
    let stray = WRITE.replace("a50f", "0000 a50f");
    let told = line(Role::Client, &layered(&[&format!("a016 {stray}")]));
    assert!(
        told.contains("write") && told.contains("!bad_value"),
        "{told}"
    );
}

#[test]
fn elements_of_indefinite_length_in_each_other_are_bounded() {
    let deep = "a580".repeat(60) + &"0000".repeat(60);
    let pdu = format!("a081f3 020100 {deep}");
    let length = |octets: usize| format!("81{octets:02x}");
    let pdu_octets = tsdu(&pdu).len();
    let list = format!("020103 a0{} {pdu}", length(pdu_octets));
    let list_octets = tsdu(&list).len();
    let lists = format!("30{} {list}", length(list_octets));
    let whole = format!("01000100 61 82{:04x} {lists}", tsdu(&lists).len());
    let told = line(Role::Client, &tsdu(&whole));
    assert!(told.contains("!limit_reached"), "{told}");
}

#[test]
fn a_second_message_in_a_tsdu_is_not_lost_in_silence() {
    let write = format!("a014 {WRITE}");
    let told = line(Role::Client, &layered(&["a0050201 01 8200", &write]));
    assert!(told.contains("!limit_reached"), "{told}");
}

/// X.225, 8.2.5: a length of 255 and more takes three octets.
#[test]
fn a_long_connect_is_one() {
    let mut connect = tsdu("0dff 0204 c1ff 0200");
    connect.extend([0; 512]);
    assert!(super::osi::begins(&connect));
    assert!(
        super::osi::begins(&tsdu("0900")),
        "finish without parameters"
    );
    assert!(!super::osi::begins(&tsdu("0dff 0204 99ff 0200")));
}

/// ISO 9506-2, `Status-Response`: logical and physical status, in an answer and unsolicited.
#[test]
fn a_device_tells_its_status() {
    let answer = line(Role::Server, &layered(&["a10b 020101 a006 800100 810102"]));
    assert!(
        answer.contains("status") && answer.contains("vmd_logical_status=0 vmd_physical_status=2"),
        "{answer}"
    );
    let told = line(Role::Server, &layered(&["a308 a106 800102 810101"]));
    assert!(
        told.contains("unsolicitedStatus")
            && told.contains("vmd_logical_status=2 vmd_physical_status=1"),
        "{told}"
    );
    let short = line(Role::Server, &layered(&["a108 020101 a003 800100"]));
    assert!(short.contains("!bad_value"), "{short}");
}
