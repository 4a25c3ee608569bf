//! Bytes are those of `goose/iti_goose.pcap`, frame 1, behind the ethertype.

mod hostile;

use super::*;
use crate::dissect::{MessageFacts, Role};
use crate::observation::{Anomaly, AnomalySet, Direction, Object, Operation, Outcome, Transport};
use crate::time::Timestamp;

const FRAME: &str = "\
    0001009100000000618186801a4745446576696365463635302f4c4c4e3024474f2467636230318103009c40\
    82184745446576696365463635302f4c4c4e3024474f4f534531830b463635305f474f4f5345318408386ebb\
    f34217280a85010186010a8701008801018901008a0108ab2083010084030300008301008403030000830100\
    84030300008301008403030000";

/// Where the value of a field stands in [`FRAME`].
const FLAGS: usize = 4;
const STATE: usize = 95;
const SEQUENCE: usize = 98;
const SIMULATED: usize = 101;
const REVISION: usize = 104;
const NDS_COM: usize = 107;
const ENTRIES: usize = 110;
const FIRST_VALUE: usize = 115;

fn frame() -> Vec<u8> {
    iec61850::tests::hex(FRAME)
}

/// What was told of one message.
#[derive(Debug, PartialEq)]
struct Told {
    operation: Operation,
    direction: Direction,
    objects: Vec<String>,
    outcome: Outcome,
    anomalies: AnomalySet,
    values: usize,
    answered: bool,
}

fn told(goose: &mut Goose, bytes: &[u8], sender: Role, cut: bool) -> Told {
    let input = Input {
        time: Timestamp::ZERO,
        frame: 1,
        sender,
        transport: Transport::Link,
        bytes,
        cut,
        last: false,
    };
    let mut all = Vec::new();
    let parsed = goose.parse(&input, &mut |facts: &MessageFacts<'_>| {
        all.push(Told {
            operation: facts.operation,
            direction: facts.direction,
            objects: facts.objects.iter().map(text).collect(),
            outcome: facts.outcome,
            anomalies: facts.anomalies,
            values: facts.values.len(),
            answered: facts.request.is_some(),
        });
    });
    assert_eq!(parsed, Parsed::Consumed(bytes.len()));
    assert_eq!(all.len(), 1, "one frame is one message");
    all.remove(0)
}

fn text(object: &Object<'_>) -> String {
    match object {
        Object::Id { kind, id } => format!("{kind} {id}"),
        Object::Name(name) => (*name).to_owned(),
        Object::Range { .. } | Object::Address(_) | Object::Text { .. } => format!("{object:?}"),
    }
}

fn seen(goose: &mut Goose, bytes: &[u8]) -> Told {
    told(goose, bytes, Role::Client, false)
}

/// Anomalies of the frame with the octets changed, behind `before`.
fn after(before: &[(usize, u8)], now: &[(usize, u8)]) -> AnomalySet {
    let mut goose = Goose::default();
    let with = |changes: &[(usize, u8)]| {
        let mut bytes = frame();
        for (at, value) in changes {
            bytes[*at] = *value;
        }
        bytes
    };
    assert!(seen(&mut goose, &with(before)).anomalies.is_empty());
    seen(&mut goose, &with(now)).anomalies
}

#[test]
fn a_message_is_told_with_all_its_fields() {
    let told = seen(&mut Goose::default(), &frame());
    assert_eq!((told.operation.code, told.operation.sub), (MESSAGE, None));
    assert_eq!(told.direction, Direction::OneWay);
    assert_eq!(
        told.objects,
        [
            "appid 1",
            "GEDeviceF650/LLN0$GO$gcb01",
            "GEDeviceF650/LLN0$GOOSE1",
            "F650_GOOSE1",
            "state_number 1",
            "sequence_number 10",
            "configuration_revision 1",
            "data_set_entries 8",
            "time_allowed_to_live 40000",
            "simulation 0",
        ]
    );
    assert_eq!(told.values, 32);
    assert!(told.anomalies.is_empty());
}

#[test]
fn repetitions_count_up_and_a_new_state_starts_at_0() {
    let none = AnomalySet::EMPTY;
    let odd = AnomalySet::of(Anomaly::OutOfSequence);
    assert_eq!(after(&[], &[(SEQUENCE, 11)]), none);
    assert_eq!(after(&[], &[(SEQUENCE, 10)]), odd, "sent again");
    assert_eq!(after(&[], &[(SEQUENCE, 9)]), odd, "back");
    assert_eq!(after(&[], &[(SEQUENCE, 12)]), odd, "one is missing");
    assert_eq!(
        after(&[], &[(STATE, 2), (SEQUENCE, 0), (FIRST_VALUE, 1)]),
        none
    );
    assert_eq!(after(&[], &[(STATE, 2), (SEQUENCE, 11)]), odd);
    assert_eq!(after(&[], &[(STATE, 3), (SEQUENCE, 0)]), odd);
    assert_eq!(
        after(&[(STATE, 9)], &[(STATE, 8), (SEQUENCE, 0)]),
        odd,
        "state back"
    );
}

#[test]
fn numbers_wrap_to_1() {
    let wide = |state: u32, sequence: u32| {
        let mut bytes = frame();
        let mut numbers = vec![0x85, 5, 0];
        numbers.extend(state.to_be_bytes());
        numbers.extend([0x86, 5, 0]);
        numbers.extend(sequence.to_be_bytes());
        bytes.splice(STATE - 2..=SEQUENCE, numbers);
        for at in [3, 10] {
            bytes[at] += 8;
        }
        bytes
    };
    let mut goose = Goose::default();
    let last = seen(&mut goose, &wide(u32::MAX, u32::MAX));
    assert_eq!(last.objects[4], "state_number 4294967295");
    assert!(seen(&mut goose, &wide(u32::MAX, 1)).anomalies.is_empty());
    assert!(seen(&mut goose, &wide(1, 0)).anomalies.is_empty());
}

#[test]
fn values_and_revision_belong_to_a_state() {
    let odd = AnomalySet::of(Anomaly::Mismatch);
    assert_eq!(after(&[], &[(SEQUENCE, 11), (FIRST_VALUE, 1)]), odd);
    assert_eq!(after(&[], &[(SEQUENCE, 11), (REVISION, 2)]), odd);
}

#[test]
fn a_simulated_message_is_another_operation() {
    let mut bytes = frame();
    (bytes[FLAGS], bytes[SIMULATED]) = (0x80, 1);
    let told = seen(&mut Goose::default(), &bytes);
    assert_eq!(told.operation.sub, Some(SIMULATION));
    assert!(told.anomalies.is_empty());
    // Edition 1 has no flag in the header; the flag alone is a fault.
    bytes[FLAGS] = 0;
    let told = seen(&mut Goose::default(), &bytes);
    assert_eq!(told.operation.sub, Some(SIMULATION));
    assert!(told.anomalies.is_empty());
    (bytes[FLAGS], bytes[SIMULATED]) = (0x80, 0);
    let told = seen(&mut Goose::default(), &bytes);
    assert_eq!(told.operation.sub, Some(SIMULATION));
    assert_eq!(told.anomalies, AnomalySet::of(Anomaly::BadValue));
    bytes[FLAGS] = 0;
    bytes[NDS_COM] = 1;
    let told = seen(&mut Goose::default(), &bytes);
    assert_eq!(told.operation.sub, Some(NEEDS_COMMISSIONING));
}

#[test]
fn the_number_of_entries_is_that_of_the_data() {
    let mut bytes = frame();
    bytes[ENTRIES] = 9;
    let told = seen(&mut Goose::default(), &bytes);
    assert_eq!(told.anomalies, AnomalySet::of(Anomaly::BadLength));
}

/// No capture has GSE management; the messages are made after annex A.
#[test]
fn management_is_paired_by_its_state() {
    let mut goose = Goose::default();
    let with_header = |apdu: &[u8]| {
        let mut bytes = vec![0, 1, 0, u8::try_from(apdu.len() + 8).unwrap(), 0, 0, 0, 0];
        bytes.extend(apdu);
        bytes
    };
    let request = b"\x60\x10\x80\x01\x07\xa1\x0b\xa2\x09\x80\x02ab\xa1\x03\x02\x01\x01";
    let asked = seen(&mut goose, &with_header(request));
    assert_eq!(asked.operation.name, "GetGOOSEElementNumber");
    assert_eq!(
        (asked.operation.code, asked.operation.sub),
        (MANAGEMENT, Some(2))
    );
    assert_eq!(asked.direction, Direction::Request);
    assert_eq!(asked.objects, ["appid 1", "ab"]);
    assert!(asked.anomalies.is_empty(), "{asked:?}");
    let response = b"\x60\x0e\x80\x01\x07\xa2\x09\xa2\x07\x80\x02ab\x83\x01\x01";
    let answer = told(&mut goose, &with_header(response), Role::Server, false);
    assert!(answer.answered && answer.anomalies.is_empty(), "{answer:?}");
    let refused = Outcome::Error {
        code: 1,
        name: "unknownControlBlock",
    };
    assert_eq!(answer.outcome, refused);
    let again = told(&mut goose, &with_header(response), Role::Server, false);
    assert_eq!(again.anomalies, AnomalySet::of(Anomaly::Unsolicited));
}
