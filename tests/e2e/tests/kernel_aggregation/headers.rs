//! Frames with headers that are out of the ordinary, contradict themselves or break off.

use super::*;
use crate::datagrams::{datagram, grant_datagrams};

#[test]
fn another_sender_goes_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let mut frame = connection.next(Side::Client, &read(3))?;
        frame[6] ^= 2;
        handed_up(connection.kernel, &frame)?;
        connection.up(Side::Server, &answer(3))?;
        // The first address again is a change too.
        connection.up(Side::Client, &read(4))?;
        connection.up(Side::Server, &answer(4))?;
        connection.counts_a_poll(5)
    })
}

#[test]
fn options_extension_headers_and_fragments_are_never_withheld() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let tcp_part = |frame: &[u8]| frame[TCP_AT..].to_vec();
        let plain = connection.next(Side::Client, &read(2))?;
        let tcp = tcp_part(&plain);
        let options = ipv4_options(CLIENT, SERVER, 6, tcp.len(), &[1; 4]);
        let with_options = [ethernet(0x0800), options, tcp.clone()].concat();
        handed_up(connection.kernel, &with_options)?;
        connection.up(Side::Server, &answer(2))?;
        let mut fragment = plain;
        fragment[20] = 0x20;
        let header = handed_up(connection.kernel, &fragment)?;
        assert_ne!(
            header.flow, connection.request.flow,
            "fragments have their own flow"
        );
        connection.counts_a_poll(3)?;
        // IPv6 has no grants here at all: what counts is that nothing is withheld for its key.
        let hop = [vec![6, 0], vec![0; 6]].concat();
        let packet = [ipv6([1; 16], [2; 16], 0, 8 + tcp.len()), hop, tcp].concat();
        handed_up(connection.kernel, &[ethernet(0x86dd), packet].concat())?;
        Ok(())
    })
}

#[test]
fn a_length_that_contradicts_the_frame_goes_up() -> Result<()> {
    // Offset of a byte and what to add: IP total length, TCP data offset, flags.
    for (at, add) in [
        (17, 1),
        (17, 255),
        (TCP_AT + 12, 0x10),
        (TCP_AT + 12, 0xe0),
        (TCP_AT + 13, 0x20),
    ] {
        with_kernel(|kernel| {
            let mut connection = Connection::granted(kernel)?;
            let mut frame = connection.next(Side::Client, &read(2))?;
            frame[at] = frame[at].wrapping_add(add);
            handed_up(connection.kernel, &frame).with_context(|| format!("byte {at}"))?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Runs a conversation whose last frame is cut to each length: it is counted when it is whole and
/// goes up otherwise. `start` grants and gives the frames; they are all counted when whole.
fn cut(
    kernel: &mut Kernel,
    name: &str,
    start: impl Fn(&mut Kernel) -> Result<Vec<Vec<u8>>>,
) -> Result<()> {
    let mut len = SHORTEST;
    loop {
        kernel.forget_flows()?;
        let frames = start(kernel)?;
        let (last, before) = frames.split_last().context("no frames")?;
        for frame in before {
            counted(kernel, frame)?;
        }
        if len == last.len() {
            return counted(kernel, last).with_context(|| name.to_owned());
        }
        handed_up(kernel, &last[..len]).with_context(|| format!("{name} cut to {len}"))?;
        len += 1;
    }
}

#[test]
fn frames_cut_at_any_length_are_never_withheld_wrongly() -> Result<()> {
    with_kernel(|kernel| {
        cut(kernel, "request", |kernel| {
            let mut connection = Connection::granted(kernel)?;
            Ok(vec![connection.next(Side::Client, &read(2))?])
        })?;
        cut(kernel, "response", |kernel| {
            let mut connection = Connection::granted(kernel)?;
            let request = connection.next(Side::Client, &read(2))?;
            Ok(vec![request, connection.next(Side::Server, &answer(2))?])
        })?;
        cut(kernel, "acknowledgment", |kernel| {
            let mut connection = Connection::granted(kernel)?;
            let due = *connection.sequence(Side::Client);
            Ok(vec![segment(Side::Client, ACK, due, &[])])
        })?;
        cut(kernel, "datagram", |kernel| {
            grant_datagrams(kernel)?;
            Ok(vec![datagram(&read(3), |right| right)])
        })
    })
}

#[test]
fn a_port_known_at_both_ends_or_none_is_no_candidate() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection
            .kernel
            .port_protocol(PORT, false, Aggregated::Modbus)?;
        let header = connection.up(Side::Client, &read(2))?;
        assert_eq!((header.kind, header.flags), (0, 0));
        connection
            .kernel
            .port_protocol(PORT, false, Aggregated::None)?;
        connection
            .kernel
            .port_protocol(502, false, Aggregated::None)?;
        let header = connection.up(Side::Client, &read(3))?;
        assert_eq!((header.kind, header.flags), (0, 0));
        Ok(())
    })
}
