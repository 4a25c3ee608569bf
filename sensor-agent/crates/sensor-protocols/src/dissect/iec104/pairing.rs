//! Which command a confirmation, a termination or interrogated data belongs to.
//!
//! Data in: the ASDUs of one connection in their order. Data out: for one that answers, the command
//! with the same type identification, common address and information object address. A command is
//! confirmed first and, if it takes time, terminated later (IEC 60870-5-101 ed. 2, 7.2.3; 60870-5-5,
//! 6.8); an interrogation has its data between the two, with causes that name the interrogation.
//!
//! Limits: [`limits::IEC104_OPEN_COMMANDS`] open commands per connection. A confirmed one makes
//! room first: whether a termination follows is up to the station.

use super::asdu::{Asdu, BROADCAST, CommandValue};
use super::causes::{self, cause};
use crate::limits;
use crate::observation::AnsweredRequest;
use crate::time::Timestamp;

/// An open command.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: u8,
    cause: u8,
    common_address: u16,
    address: u32,
    select: bool,
    value: CommandValue,
    confirmed: bool,
    time: Timestamp,
    frame: u64,
}

/// How an ASDU that answers relates to the commands seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    To(AnsweredRequest),
    /// The same command, but the confirmation says another value.
    Contradicts(AnsweredRequest),
    /// No such command, although all of this connection's commands were seen.
    Nothing,
    /// No such command, but it may have been among those that were not seen or not kept.
    Unknown,
}

/// The open commands of one connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    open: Vec<Open>,
    /// Commands that had to make room and whose answer may still come.
    given_up: u8,
    /// A command was confirmed, and none was lost since.
    complete: bool,
}

impl Pairing {
    /// Takes a command. Answers false when one that was not confirmed had to make room.
    pub(super) fn command(&mut self, asdu: &Asdu<'_>, time: Timestamp, frame: u64) -> bool {
        let open = Open {
            id: asdu.row.id,
            cause: asdu.cause,
            common_address: asdu.common_address.unwrap_or_default(),
            address: asdu.address,
            select: asdu.select,
            value: asdu.value,
            confirmed: false,
            time,
            frame,
        };
        // Its termination did not come, and will not any more.
        self.open
            .retain(|before| !(before.confirmed && before.replaced_by(&open)));
        let mut room = true;
        if self.open.len() >= limits::IEC104_OPEN_COMMANDS {
            let confirmed = self.open.iter().position(|open| open.confirmed);
            room = confirmed.is_some();
            self.open.remove(confirmed.unwrap_or(0));
            self.given_up = self.given_up.saturating_add(1);
        }
        self.open.push(open);
        room
    }

    /// Takes a confirmation, a termination or a refusal.
    pub(super) fn answer(&mut self, asdu: &Asdu<'_>, time: Timestamp) -> Answer {
        let wanted = match asdu.cause {
            cause::ACTIVATION_CONFIRMATION => Some((cause::ACTIVATION, Some(false))),
            cause::DEACTIVATION_CONFIRMATION => Some((cause::DEACTIVATION, Some(false))),
            cause::ACTIVATION_TERMINATION => Some((cause::ACTIVATION, None)),
            _ => None,
        };
        let fits = |open: &Open| {
            open.addresses(asdu)
                && wanted.is_none_or(|(cause, confirmed)| {
                    open.cause == cause && confirmed.is_none_or(|is| open.confirmed == is)
                })
        };
        let Some(at) = self.open.iter().position(fits) else {
            return self.unmatched();
        };
        let Some(open) = self.open.get_mut(at) else {
            return Answer::Unknown;
        };
        let request = open.request(time);
        let confirms = asdu.cause == cause::ACTIVATION_CONFIRMATION;
        let mirrored = !confirms || open.mirrors(asdu);
        open.confirmed = true;
        // A broadcast is answered by each station for itself.
        let more = confirms && !asdu.negative && open.may_be_terminated();
        if !more && open.common_address != BROADCAST {
            self.open.remove(at);
        }
        self.complete = true;
        if mirrored {
            Answer::To(request)
        } else {
            Answer::Contradicts(request)
        }
    }

    /// The command that asked for process information with this cause.
    pub(super) fn asked_for(
        &mut self,
        asdu: &Asdu<'_>,
        time: Timestamp,
    ) -> Option<AnsweredRequest> {
        let station = asdu.common_address?;
        let at = self
            .open
            .iter()
            .rposition(|open| open.asked_for(asdu, station))?;
        let request = self.open.get(at)?.request(time);
        if asdu.cause == cause::REQUEST {
            self.open.remove(at);
        }
        Some(request)
    }

    /// Bytes of the controlling station were lost.
    pub(super) fn commands_lost(&mut self) {
        self.complete = false;
    }

    fn unmatched(&mut self) -> Answer {
        if let Some(less) = self.given_up.checked_sub(1) {
            self.given_up = less;
            return Answer::Unknown;
        }
        if self.complete {
            Answer::Nothing
        } else {
            Answer::Unknown
        }
    }
}

/// Types that a confirmation completes: clock, test, reset, delay, parameters.
const NEVER_TERMINATED: &[std::ops::RangeInclusive<u8>] = &[102..=107, 110..=113];

impl Open {
    fn request(&self, time: Timestamp) -> AnsweredRequest {
        AnsweredRequest {
            frame: self.frame,
            latency: time.since(self.time),
        }
    }

    fn station(&self, common_address: u16) -> bool {
        self.common_address == common_address || self.common_address == BROADCAST
    }

    /// Whether an answer is to this type, station and object.
    fn addresses(&self, asdu: &Asdu<'_>) -> bool {
        self.id == asdu.row.id
            && self.address == asdu.address
            && (self.station(asdu.common_address.unwrap_or_default())
                // A gateway that does not know the station answers in its name.
                || causes::refuses(asdu.cause))
    }

    fn replaced_by(&self, later: &Self) -> bool {
        self.id == later.id
            && self.address == later.address
            && self.common_address == later.common_address
    }

    /// Confirmations repeat the command (101, 7.2.3), but for the clock: its confirmation has the
    /// time of the station before it was set (60870-5-5, 6.7).
    fn mirrors(&self, asdu: &Asdu<'_>) -> bool {
        const CLOCK: u8 = 103;
        self.id == CLOCK || (self.value == asdu.value && self.select == asdu.select)
    }

    fn may_be_terminated(&self) -> bool {
        !self.select
            && !NEVER_TERMINATED
                .iter()
                .any(|range| range.contains(&self.id))
    }

    /// Whether this command asked for data with this cause: 20 to 36 are the values of the
    /// qualifier of interrogation, 37 the general counter request (5), 38 to 41 its groups 1 to 4.
    fn asked_for(&self, asdu: &Asdu<'_>, station: u16) -> bool {
        const INTERROGATION: u8 = 100;
        const COUNTERS: u8 = 101;
        const READ: u8 = 102;
        let qualifier = self.value.first();
        let counters = match qualifier & 0x3f {
            5 => 37,
            group => group.saturating_add(37),
        };
        self.station(station)
            && match asdu.cause {
                cause::REQUEST => self.id == READ && self.address == asdu.address,
                20..=36 => self.id == INTERROGATION && qualifier == asdu.cause,
                37..=41 => self.id == COUNTERS && counters == asdu.cause,
                _ => false,
            }
    }
}
