//! Implicit messages: I/O data on UDP, behind a sequenced address.
//!
//! Data in: one datagram. Data out: one call of the sink. The layout of the data is agreed when the
//! connection is opened, on another flow, so they are kept as sent.
//! Source: CIP Volume 2, 2-6 and 3-2.
//!
//! Limits: sequence numbers of [`CONNECTIONS`] connections of a flow are followed; the one that was
//! followed for longest makes room, without a word, since what is lost is only the comparison.

use super::IO;
use super::cpf::{Address, Data, Packet, item};
use crate::dissect::cursor::Cursor;
use crate::dissect::{Emit, MessageFacts};
use crate::observation::{Anomaly, Direction, Object, Operation, OperationClass, Protocol};

/// Connections whose sequence numbers are followed.
const CONNECTIONS: usize = 16;

/// The connections of one flow.
#[derive(Debug, Default)]
pub(super) struct Implicit {
    /// Connection and its last sequence number.
    last: Vec<(u32, u32)>,
}

/// Whether a datagram begins as an implicit message does: two items, a sequenced address of eight
/// octets, then connected data.
pub(super) fn is_implicit(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    let address = (cursor.u16_le(), cursor.u16_le(), cursor.u16_le());
    address == (Ok(2), Ok(item::SEQUENCED_ADDRESS), Ok(8))
        && cursor.skip(8).is_ok()
        && cursor.u16_le() == Ok(item::CONNECTED_DATA)
}

impl Implicit {
    /// Reports one datagram.
    pub(super) fn datagram(&mut self, bytes: &[u8], cut: bool, emit: &mut Emit<'_>) {
        let packet = Packet::read(bytes);
        let mut anomalies = packet.anomalies;
        if cut {
            anomalies = Anomaly::ALL
                .iter()
                .copied()
                .filter(|anomaly| anomalies.contains(*anomaly) && *anomaly != Anomaly::Truncated)
                .collect();
        }
        let mut objects = [Object::Id {
            kind: "connection",
            id: 0,
        }];
        if let Address::Sequenced(connection, sequence) = packet.address {
            objects = [Object::Id {
                kind: "connection",
                id: u64::from(connection),
            }];
            if !self.follows(connection, sequence) {
                anomalies.insert(Anomaly::OutOfSequence);
            }
        }
        let values = match packet.data {
            Data::Connected(data) | Data::Unconnected(data) => data,
            Data::Missing => &[],
        };
        let operation = Operation {
            code: IO,
            sub: None,
            name: "io_data",
            class: OperationClass::Event,
        };
        emit(&MessageFacts {
            objects: &objects,
            values,
            anomalies,
            size: bytes.len(),
            ..MessageFacts::new(Protocol::Enip, Direction::OneWay, operation)
        });
    }

    /// Whether a sequence number is later than the one before it. A receiver drops one that is not
    /// (Volume 2, chapter 3); some may be missing.
    fn follows(&mut self, connection: u32, sequence: u32) -> bool {
        if let Some((_, last)) = self.last.iter_mut().find(|(known, _)| *known == connection) {
            let ahead = sequence.wrapping_sub(*last);
            *last = sequence;
            return ahead != 0 && ahead < 1 << 31;
        }
        if self.last.len() >= CONNECTIONS {
            self.last.remove(0);
        }
        self.last.push((connection, sequence));
        true
    }
}
