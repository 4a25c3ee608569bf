//! Values of writes against the range that was learned or given.

use sensor_detect::baseline::{Tuple, TupleKind, TupleObject};
use sensor_detect::catalogue::render;
use sensor_detect::detector::Command;
use sensor_detect::finding::PartyKey;
use sensor_protocols::observation::Protocol;

use super::{modbus, siemens, teach};
use crate::world::{MASTER, PLC, World};

#[test]
fn a_value_is_judged_by_the_range_of_its_own_register() {
    let mut w = World::default();
    teach(&mut w, |w| {
        modbus::write(w, &[100, 7]);
        modbus::write(w, &[200, 7]);
    });
    modbus::write(&mut w, &[199, 8]);
    assert_eq!(w.count("written_value_out_of_range"), 1);
    assert_eq!(
        render(w.first("written_value_out_of_range")),
        "10.0.0.1 wrote 8 to holding register 41 of unit 3 of 10.0.0.2; values from 7 to 7 were learned."
    );
    // Nothing was learned of register 42.
    modbus::write(&mut w, &[100, 7, 9]);
    assert_eq!(w.count("written_value_out_of_range"), 1);
    let learned = w.detector.baseline();
    let ranges = learned.iter().filter(|l| matches!(&l.tuple.object, Some(TupleObject::Range { table, .. }) if table.ends_with("value")));
    assert_eq!(ranges.count(), 2, "one range for each register");
}

#[test]
fn a_range_that_an_operator_gave_is_held_against_values_too() {
    let mut w = World::default();
    let range = Tuple {
        kind: TupleKind::Object,
        source: PartyKey::Ip(MASTER.parse().unwrap()),
        destination: Some(PartyKey::Ip(PLC.parse().unwrap())),
        protocol: Protocol::Modbus,
        operation: None,
        sub_operation: None,
        object: Some(TupleObject::Range {
            table: "holding_register value".into(),
            station: 3 * 65536 + 40,
            first: 0,
            last: 500,
        }),
    };
    assert!(w.detector.apply(Command::Learn(range)));
    modbus::write(&mut w, &[500]);
    assert_eq!(w.count("written_value_out_of_range"), 0);
    modbus::write(&mut w, &[501]);
    assert_eq!(w.count("written_value_out_of_range"), 1);
}

#[test]
fn values_of_s7_writes_are_read_by_their_type() {
    let mut w = World::default();
    teach(&mut w, |w| {
        for value in [-2.5_f32, 40.0] {
            siemens::ask(w, &siemens::write_flags(7, value.to_be_bytes()));
        }
        for value in [-5_i32, 5] {
            siemens::ask(w, &siemens::write_flags(5, value.to_be_bytes()));
        }
    });
    siemens::ask(&mut w, &siemens::write_flags(7, 0.25_f32.to_be_bytes()));
    siemens::ask(&mut w, &siemens::write_flags(5, 0_i32.to_be_bytes()));
    assert_eq!(w.count("written_value_out_of_range"), 0);
    siemens::ask(&mut w, &siemens::write_flags(7, 99.5_f32.to_be_bytes()));
    siemens::ask(&mut w, &siemens::write_flags(5, (-6_i32).to_be_bytes()));
    let told: Vec<String> = w
        .found
        .iter()
        .filter(|finding| &*finding.alert_type.id == "written_value_out_of_range")
        .map(render)
        .collect();
    assert_eq!(
        told,
        [
            "10.0.0.1 wrote 99.5 to flag_byte 4 to 7 of 10.0.0.2; values from -2.5 to 40 were learned.",
            "10.0.0.1 wrote -6 to flag_byte 4 to 7 of 10.0.0.2; values from -5 to 5 were learned.",
        ]
    );
}

/// It is no value that anybody means, and no range that was learned holds it.
#[test]
fn what_is_no_number_is_out_of_every_range_and_widens_none() {
    let nan = || siemens::write_flags(7, f32::NAN.to_be_bytes());
    let mut w = World::default();
    teach(&mut w, |w| {
        siemens::ask(w, &siemens::write_flags(7, 40_f32.to_be_bytes()));
        siemens::ask(w, &siemens::write_flags(7, f32::NAN.to_be_bytes()));
    });
    siemens::ask(&mut w, &nan());
    assert_eq!(w.count("written_value_out_of_range"), 1);
    assert_eq!(
        render(w.first("written_value_out_of_range")),
        "10.0.0.1 wrote NaN to flag_byte 4 to 7 of 10.0.0.2; values from 40 to 40 were learned."
    );
    siemens::ask(&mut w, &siemens::write_flags(7, 99.5_f32.to_be_bytes()));
    assert_eq!(w.count("written_value_out_of_range"), 2);
}
