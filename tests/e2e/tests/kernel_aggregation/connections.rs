//! Ends and beginnings of a connection, acknowledgments, and a full ring.

use super::*;

#[test]
fn acknowledgments_are_counted_and_keep_alives_go_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let due = *connection.sequence(Side::Client);
        let acknowledgment = segment(Side::Client, ACK, due, &[]);
        counted(connection.kernel, &acknowledgment)?;
        let mut padded = acknowledgment;
        padded.resize(60, 0);
        counted(connection.kernel, &padded)?;
        let keep_alive = segment(Side::Client, ACK, due - 1, &[]);
        let header = handed_up(connection.kernel, &keep_alive)?;
        assert_eq!(header.flags & RECORD_INSPECT, 0);
        connection.counts_a_poll(3)
    })
}

#[test]
fn an_acknowledgment_that_goes_up_takes_the_response_with_it() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counted(Side::Client, &read(2))?;
        let due = *connection.sequence(Side::Server);
        let keep_alive = segment(Side::Server, ACK, due - 1, &[]);
        let header = handed_up(connection.kernel, &keep_alive)?;
        assert_ne!(header.flags & RECORD_OPEN, 0);
        let header = connection.up(Side::Server, &answer(2))?;
        assert_eq!(header.flags, 0, "the agent knows of the request by now");
        connection.counts_a_poll(3)
    })
}

#[test]
fn a_new_connection_starts_without_grants() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let old = connection.request.flow;
        let header = handed_up(connection.kernel, &segment(Side::Client, SYN, 70_000, &[]))?;
        assert_eq!(header.flow, old);
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server)
        );
        handed_up(
            connection.kernel,
            &segment(Side::Server, SYN | ACK, 90_000, &[]),
        )?;
        connection.next = [70_001, 90_001];
        for tag in 3..6 {
            let header = connection.up(Side::Client, &read(tag))?;
            assert_ne!(header.flow, old);
            assert_eq!(header.flags, 0, "nothing was withheld, and the numbers fit");
            connection.up(Side::Server, &answer(tag))?;
        }
        Ok(())
    })
}

#[test]
fn ends_of_a_connection_go_up_with_the_right_numbers() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let header = handed_up(
            connection.kernel,
            &segment(Side::Server, FIN_ACK, server, &[]),
        )?;
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (server, client)
        );
        counted(
            connection.kernel,
            &segment(Side::Server, ACK, server + 1, &[]),
        )?;
        let header = handed_up(connection.kernel, &segment(Side::Client, RST, client, &[]))?;
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server + 1)
        );
        assert_eq!(header.flags & RECORD_INSPECT, 0);
        Ok(())
    })
}

#[test]
fn a_full_ring_loses_no_account_of_what_was_withheld() -> Result<()> {
    if !is_root() {
        skip("needs root to load the kernel program");
        return Ok(());
    }
    let mut kernel = Kernel::load(4096)?;
    let mut connection = Connection::granted(&mut kernel)?;
    connection.counted(Side::Client, &read(2))?;
    let [client, server] = connection.next;
    // Other frames fill the ring, which nobody reads.
    let mut arp = ethernet(0x0806);
    arp.resize(60, 0);
    connection.kernel.repeat(&arp, 100)?;
    let lost = connection.next(Side::Server, &exception(2))?;
    let (_, moved) = connection.kernel.run_unread(&lost)?;
    assert_eq!(moved.get("lost_ring_full"), Some(&1), "{moved:?}");
    connection.kernel.empty_ring();
    conserves(connection.kernel)?;
    // The server's numbers are not told, since a piece of its stream is missing.
    let header = connection.up(Side::Client, &write(3))?;
    assert_eq!(header.flags, RECORD_WITHHELD | RECORD_OWN_SEQUENCE);
    assert_eq!(header.own_sequence, client);
    assert_ne!(header.peer_sequence, server);
    connection.up(Side::Server, &write(3))?;
    connection.counts_a_poll(4)?;
    let header = connection.up(Side::Client, &write(5))?;
    let everything = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
    assert_eq!(header.flags, everything, "the reader saw the gap by now");
    Ok(())
}
