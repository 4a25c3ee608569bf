//! Frame identifiers: what the first two octets behind the ethertype say.
//!
//! Source: IEC 61158-6-10 (Type 10, application layer protocol), coding of the field `FrameID`.

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Cyclic data with an APDU status at its end.
    Cyclic,
    /// An alarm or its acknowledgement.
    Alarm,
    /// The remote service interface: records without IP.
    Rsi,
    Dcp,
    Ptcp(Ptcp),
    /// A part of a frame that was too long for its time slot.
    Fragment,
    Reserved,
}

/// Header of a PTCP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ptcp {
    Sync,
    FollowUp,
    Announce,
    Delay,
}

/// Identifiers that have one meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

pub(super) const ALARM_HIGH: u16 = 0xfc01;
pub(super) const ALARM_LOW: u16 = 0xfe01;
pub(super) const DCP_HELLO: u16 = 0xfefc;
pub(super) const DCP_GET_SET: u16 = 0xfefd;
pub(super) const DCP_IDENTIFY_REQUEST: u16 = 0xfefe;
pub(super) const DCP_IDENTIFY_RESPONSE: u16 = 0xfeff;
pub(super) const FRAGMENT: u16 = 0xff80;

const fn range(first: u16, last: u16, name: &'static str, kind: Kind) -> Range {
    Range {
        first,
        last,
        name,
        kind,
    }
}

/// In ascending order, without holes.
const RANGES: &[Range] = &[
    range(0x0000, 0x001f, "unknown", Kind::Reserved),
    range(
        0x0020,
        0x0021,
        "sync_with_follow_up",
        Kind::Ptcp(Ptcp::Sync),
    ),
    range(0x0022, 0x007f, "unknown", Kind::Reserved),
    range(0x0080, 0x0081, "sync", Kind::Ptcp(Ptcp::Sync)),
    range(0x0082, 0x00ff, "unknown", Kind::Reserved),
    range(0x0100, 0x06ff, "rt_class_3", Kind::Cyclic),
    range(0x0700, 0x0fff, "rt_class_3_redundant", Kind::Cyclic),
    range(0x1000, 0x2fff, "rt_stream", Kind::Cyclic),
    range(0x3000, 0x37ff, "unknown", Kind::Reserved),
    range(0x3800, 0x3fff, "rt_stream_multicast", Kind::Cyclic),
    range(0x4000, 0x7fff, "unknown", Kind::Reserved),
    range(0x8000, 0xbbff, "rt_class_2", Kind::Cyclic),
    range(0xbc00, 0xbfff, "rt_class_2_multicast", Kind::Cyclic),
    range(0xc000, 0xf7ff, "rt_class_1", Kind::Cyclic),
    range(0xf800, 0xfbff, "rt_class_1_multicast", Kind::Cyclic),
    range(0xfc00, 0xfc00, "unknown", Kind::Reserved),
    range(ALARM_HIGH, ALARM_HIGH, "alarm_high", Kind::Alarm),
    range(0xfc02, 0xfe00, "unknown", Kind::Reserved),
    range(ALARM_LOW, ALARM_LOW, "alarm_low", Kind::Alarm),
    range(0xfe02, 0xfe02, "remote_service_interface", Kind::Rsi),
    range(0xfe03, 0xfefb, "unknown", Kind::Reserved),
    range(DCP_HELLO, DCP_IDENTIFY_RESPONSE, "dcp", Kind::Dcp),
    range(0xff00, 0xff01, "announce", Kind::Ptcp(Ptcp::Announce)),
    range(0xff02, 0xff1f, "unknown", Kind::Reserved),
    range(0xff20, 0xff21, "follow_up", Kind::Ptcp(Ptcp::FollowUp)),
    range(0xff22, 0xff3f, "unknown", Kind::Reserved),
    range(0xff40, 0xff40, "delay_request", Kind::Ptcp(Ptcp::Delay)),
    range(
        0xff41,
        0xff41,
        "delay_response_with_follow_up",
        Kind::Ptcp(Ptcp::Delay),
    ),
    range(
        0xff42,
        0xff42,
        "delay_response_follow_up",
        Kind::Ptcp(Ptcp::Delay),
    ),
    range(0xff43, 0xff43, "delay_response", Kind::Ptcp(Ptcp::Delay)),
    range(0xff44, 0xff7f, "unknown", Kind::Reserved),
    range(FRAGMENT, 0xff8f, "fragment", Kind::Fragment),
    range(0xff90, 0xffff, "unknown", Kind::Reserved),
];

/// Of a frame without an identifier.
pub(super) const NONE: Range = range(0, u16::MAX, "unknown", Kind::Reserved);

/// What a frame identifier means.
#[inline]
pub(super) fn of(id: u16) -> &'static Range {
    let at = RANGES.partition_point(|range| range.last < id);
    RANGES.get(at).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_leave_no_hole() {
        assert_eq!(RANGES[0].first, 0);
        assert!(RANGES.windows(2).all(|r| r[0].last + 1 == r[1].first));
        assert_eq!(RANGES.last().unwrap().last, u16::MAX);
        for id in 0..=u16::MAX {
            let range = of(id);
            assert!(range.first <= id && id <= range.last);
        }
    }
}
