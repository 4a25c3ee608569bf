//! The pure half of the load generator: which frame comes next, and its bytes.
//!
//! Data in: a [`Plan`], the [`Step`]s of a conversation and the [`State`] the last frame left. Data
//! out: one frame in a [`room::Room`]. It compiles for the host as well, where it is unit-tested;
//! the program in `tools/` runs it in the kernel, once for each frame.
//!
//! A *flow* is one TCP connection or one link-layer publisher; a *step* is one frame of what a flow
//! does in a *round*. Flows go in groups: a group's members do the first step one after the other,
//! then all do the second, and so on; then comes the next group, and after the last one the next
//! round. So a request never waits long for its response, and neighbours differ.
//!
//! Limits: frames of [`ROOM`] bytes, [`MAX_STEPS`] steps, [`MAX_FIELDS`] counting fields in a frame,
//! IPv4 without options, TCP without options.

pub mod room;
pub mod write;

/// Bytes of the longest frame.
pub const ROOM: usize = 256;
/// Bytes that are copied when the frame is no longer: most are.
pub const SHORT: usize = 96;
/// Steps of opening and round together.
pub const MAX_STEPS: u32 = 256;
/// Counting fields of a frame.
pub const MAX_FIELDS: usize = 6;
/// Bytes of the longest frame of a capture that is played.
pub const CAPTURED: usize = 2048;

/// Names in the object of the tools.
pub mod names {
    /// Program that makes the frames of a plan.
    pub const GENERATE: &str = "generate";
    /// Program that plays captured frames in turn.
    pub const PLAY: &str = "play";
    /// Array of one [`super::Plan`].
    pub const PLAN: &str = "PLAN";
    /// Array of one [`super::State`].
    pub const STATE: &str = "STATE";
    /// Array of [`super::Step`].
    pub const STEPS: &str = "STEPS";
    /// Array of [`super::Captured`].
    pub const CAPTURE: &str = "CAPTURE";
    /// Program that sends what it was handed from another core.
    pub const RELAY: &str = "relay";
    /// The cores that can be handed frames, by number.
    pub const CORES: &str = "CORES";
    /// The one interface that `relay` sends from.
    pub const EXIT: &str = "EXIT";
    /// Frames that `relay` saw, by core.
    pub const RELAYED: &str = "RELAYED";
}

/// What is sent, 48 bytes. Constant during a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Plan {
    /// Nanoseconds from one frame to the next, in 1/65536; 0 is as fast as it goes.
    pub interval: u64,
    /// Flows; a multiple of `group`.
    pub flows: u32,
    /// Flows that take a step together.
    pub group: u32,
    /// Where the steps of this run begin in the array.
    pub first_step: u32,
    /// Steps of a round; of a capture: its frames.
    pub steps: u32,
    /// TCP payload bytes that the client sends in a round.
    pub client_round: u32,
    /// The same of the server.
    pub server_round: u32,
    /// TCP port of the servers.
    pub server_port: u32,
    /// The lowest this many bits of a flow's number choose its port, the others its hosts.
    pub port_bits: u32,
    /// Added to the number of a flow.
    pub first_flow: u32,
    /// Core that takes the frames over and sends them; 0 for the core that makes them.
    pub core: u32,
}

/// Where the generator stands, 48 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct State {
    /// Frames sent since this was last written.
    pub sent: u64,
    /// Frames since `start_ns`; their due times count from there.
    pub paced: u64,
    /// Monotonic time of the first paced frame; 0 before it.
    pub start_ns: u64,
    /// Round of the next frame.
    pub round: u32,
    /// First flow of the group of the next frame.
    pub base: u32,
    /// Step of the next frame.
    pub step: u32,
    /// Its flow within the group.
    pub member: u32,
    /// Frames that could not be made.
    pub failed: u64,
}

/// The next frame: who, when, what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    pub flow: u32,
    pub round: u32,
    pub step: u32,
}

impl State {
    /// The next frame; the state moves on to the one after it.
    #[inline(always)]
    pub fn advance(&mut self, plan: &Plan) -> Slot {
        let slot = Slot {
            flow: plan.first_flow + self.base + self.member,
            round: self.round,
            step: self.step,
        };
        self.sent += 1;
        self.member += 1;
        if self.member < plan.group {
            return slot;
        }
        self.member = 0;
        self.step += 1;
        if self.step < plan.steps {
            return slot;
        }
        self.step = 0;
        self.base += plan.group;
        if self.base >= plan.flows {
            self.base = 0;
            self.round = self.round.wrapping_add(1);
        }
        slot
    }

    /// Whether the next frame may go without a look at the clock, which takes as long as a tenth of
    /// making the frame: above [`DENSE`] only every eighth frame waits for its time.
    #[inline(always)]
    pub fn follows_closely(&mut self, plan: &Plan) -> bool {
        let follows = plan.interval < DENSE && self.paced & 7 != 0;
        if follows {
            self.paced += 1;
        }
        follows
    }

    /// When the next frame is due, given the time now. A generator that fell behind by more than
    /// [`LATEST_NS`] starts anew instead of making up for it in a burst.
    #[inline(always)]
    pub fn due(&mut self, plan: &Plan, now: u64) -> u64 {
        if self.start_ns == 0 {
            self.start_ns = now;
        }
        let due = self.start_ns + ((self.paced * plan.interval) >> 16);
        self.paced += 1;
        if now > due + LATEST_NS {
            self.start_ns = now;
            self.paced = 1;
            return now;
        }
        due
    }
}

/// The interval of a million frames a second, in the unit of [`Plan::interval`].
pub const DENSE: u64 = 1000 << 16;

/// See [`State::due`].
pub const LATEST_NS: u64 = 1_000_000;

/// TCP over IPv4: addresses, ports, numbers and checksums are filled in.
pub const FLAG_TCP: u32 = 1;
/// From the server to the client.
pub const FLAG_SERVER: u32 = 1 << 1;
/// The acknowledgment number stays zero: a SYN.
pub const FLAG_NO_ACK: u32 = 1 << 2;

/// One frame of a round, 408 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Step {
    /// Bytes of the frame.
    pub len: u32,
    /// Union of the `FLAG_` bits.
    pub flags: u32,
    /// Sequence number in round 0, less the initial one of its direction.
    pub seq: u32,
    /// Acknowledgment number in round 0, less the initial one of the other direction.
    pub ack: u32,
    /// Sum over the 16-bit words of the IPv4 header, with the fields below zero.
    pub ip_sum: u32,
    /// Sum over pseudo header, TCP header and payload, likewise.
    pub tcp_sum: u32,
    /// How many of `fields` count.
    pub field_count: u32,
    /// Fills up to a multiple of eight bytes.
    pub reserved: u32,
    pub fields: [Field; MAX_FIELDS],
    /// The frame with everything that is filled in left zero.
    pub bytes: [u8; ROOM],
}

/// The round counts.
pub const SOURCE_ROUND: u8 = 0;
/// The number of the flow.
pub const SOURCE_FLOW: u8 = 1;

/// Most significant byte first.
pub const FORM_BIG: u8 = 0;
/// Least significant byte first.
pub const FORM_LITTLE: u8 = 1;
/// Two letters, `A` to `P`, for the two nibbles of a byte.
pub const FORM_LETTERS: u8 = 2;

/// Two bytes of a frame that count: `((source * factor + offset) % modulo >> shift) & mask`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Field {
    pub factor: u32,
    pub offset: u32,
    /// 0 for none.
    pub modulo: u32,
    /// Where they stand in the frame.
    pub at: u16,
    pub mask: u16,
    pub source: u8,
    pub form: u8,
    pub shift: u8,
    pub reserved: u8,
}

/// A captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Captured {
    /// 14 to [`CAPTURED`].
    pub len: u32,
    pub reserved: u32,
    pub bytes: [u8; CAPTURED],
}

const _: () = assert!(size_of::<Plan>() == 48);
const _: () = assert!(size_of::<State>() == 48);
const _: () = assert!(size_of::<Field>() == 20);
const _: () = assert!(size_of::<Step>() == 32 + 20 * MAX_FIELDS + ROOM);
const _: () = assert!(size_of::<Captured>() == 8 + CAPTURED);

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            flows: 4,
            group: 2,
            steps: 2,
            ..Plan::default()
        }
    }

    #[test]
    fn groups_take_their_steps_together_and_rounds_come_last() {
        let mut state = State::default();
        let order: Vec<_> = (0..9)
            .map(|_| state.advance(&plan()))
            .map(|slot| (slot.round, slot.flow, slot.step))
            .collect();
        let round = [
            (0, 0, 0),
            (0, 1, 0),
            (0, 0, 1),
            (0, 1, 1),
            (0, 2, 0),
            (0, 3, 0),
            (0, 2, 1),
            (0, 3, 1),
        ];
        assert_eq!(order[..8], round);
        assert_eq!(order[8], (1, 0, 0));
        assert_eq!(state.sent, 9);
    }

    #[test]
    fn at_a_high_rate_frames_go_by_eights_in_the_same_time() {
        let plan = Plan {
            interval: 500 << 16,
            ..plan()
        };
        let mut state = State::default();
        let mut looked = Vec::new();
        for frame in 0..17 {
            if !state.follows_closely(&plan) {
                looked.push((frame, state.due(&plan, 5_000_000)));
            }
        }
        let due = [(0, 5_000_000), (8, 5_004_000), (16, 5_008_000)];
        assert_eq!(looked, due);
        let slow = Plan {
            interval: DENSE,
            ..plan
        };
        assert!(!state.follows_closely(&slow));
    }

    #[test]
    fn frames_are_due_at_equal_distances_and_a_stall_makes_no_burst() {
        let plan = Plan {
            interval: 1000 << 16,
            ..plan()
        };
        let mut state = State::default();
        assert_eq!(state.due(&plan, 5_000_000), 5_000_000);
        assert_eq!(state.due(&plan, 5_000_001), 5_001_000);
        assert_eq!(state.due(&plan, 5_900_000), 5_002_000);
        assert_eq!(state.due(&plan, 9_000_000), 9_000_000);
        assert_eq!(state.due(&plan, 9_000_000), 9_001_000);
    }
}
