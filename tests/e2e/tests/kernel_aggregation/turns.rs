//! Request and response in turn, what breaks that, intervals and refreshing.

use super::*;

#[test]
fn a_granted_poll_is_counted_and_its_figures_add_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        for tag in 2..12 {
            connection.counts_a_poll(tag)?;
        }
        let (request, response) = (connection.request, connection.response);
        for (key, len) in [(request, 66), (response, 65)] {
            let stats = kernel.operation(key)?;
            let interval = stats.intervals[1];
            assert_eq!((interval.epoch, interval.packets), (1, 10));
            assert_eq!(interval.bytes, 10 * len);
            assert!(0 < interval.min_gap_ns && interval.min_gap_ns <= interval.max_gap_ns);
            assert!(interval.first_ns < interval.last_ns);
            assert_eq!(interval.last_ns, stats.last_ns);
        }
        assert_eq!(kernel.counters()?.get(Counter::Counted), 20);
        let packets: u64 = only_flow(kernel)?
            .halves
            .iter()
            .map(|half| half.packets)
            .sum();
        assert_eq!(packets, 22, "the flow has every frame");
        Ok(())
    })
}

#[test]
fn keys_that_are_not_granted_go_up() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let other_register = [0, 2, 0, 0, 0, 6, 1, 3, 0, 9, 0, 1];
        let header = connection.up(Side::Client, &other_register)?;
        assert_eq!(header.kind, KIND_REQUEST);
        // Its response has a key that is granted, for another request.
        connection.up(Side::Server, &answer(2))?;
        connection.counts_a_poll(3)?;
        let withdrawn = connection.request;
        let stats = connection.kernel.withdraw(withdrawn)?;
        assert_eq!(stats.intervals[1].packets, 1);
        connection.up(Side::Client, &read(4))?;
        connection.up(Side::Server, &answer(4))?;
        Ok(())
    })
}

#[test]
fn writes_exceptions_and_odd_responses_go_up_and_tell_of_what_was_withheld() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let everything = RECORD_WITHHELD | RECORD_OWN_SEQUENCE | RECORD_PEER_SEQUENCE;
        connection.counts_a_poll(2)?;
        let [client, server] = connection.next;
        let header = connection.up(Side::Client, &write(3))?;
        assert_eq!((header.kind, header.flags), (0, everything));
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (client, server)
        );
        // Whatever comes back goes up as well.
        let header = connection.up(Side::Server, &answer(3))?;
        assert_eq!(header.flags, 0);
        connection.counted(Side::Client, &read(4))?;
        let [client, server] = connection.next;
        let header = connection.up(Side::Server, &exception(4))?;
        assert_eq!(header.flags, everything | RECORD_OPEN);
        assert_eq!(
            (header.own_sequence, header.peer_sequence),
            (server, client)
        );
        assert_eq!((header.open_handle, header.open_tag), (1, 4));
        assert!(header.open_ns > 0 && header.open_ns < header.time_ns);
        connection.counts_a_poll(5)?;
        // A byte too many: no message ends here.
        connection.counted(Side::Client, &read(6))?;
        let header = connection.up(Side::Server, &[answer(6), vec![0]].concat())?;
        assert_eq!(header.flags, everything | RECORD_OPEN | RECORD_INSPECT);
        connection.is_inspected()
    })
}

#[test]
fn what_breaks_the_pattern_is_inspected_until_it_is_forgiven() -> Result<()> {
    type Case = fn(&mut Connection<'_>) -> Result<RecordHeader>;
    // Pieces of messages are never forgiven.
    let cases: [(&str, bool, Case); 8] = [
        ("retransmission", true, |connection| {
            let frame = connection.next(Side::Client, &read(2))?;
            counted(connection.kernel, &frame)?;
            handed_up(connection.kernel, &frame)
        }),
        ("out of order", true, |connection| {
            *connection.sequence(Side::Client) += 12;
            connection.up(Side::Client, &read(2))
        }),
        ("first part of a message", false, |connection| {
            connection.up(Side::Client, &read(2)[..5])
        }),
        ("message and a piece", false, |connection| {
            connection.up(Side::Client, &[read(2), read(3)[..5].to_vec()].concat())
        }),
        ("pipelined", true, |connection| {
            connection.counted(Side::Client, &read(2))?;
            connection.up(Side::Client, &read(3))
        }),
        ("unsolicited", true, |connection| {
            connection.up(Side::Server, &answer(2))
        }),
        ("response to another request", true, |connection| {
            connection.counted(Side::Client, &read(2))?;
            connection.up(Side::Server, &answer(3))
        }),
        ("not Modbus", false, |connection| {
            connection.up(Side::Client, b"GET / HTTP/1.1\r\n\r\n")
        }),
    ];
    for (name, forgivable, case) in cases {
        with_kernel(|kernel| {
            let mut connection = Connection::granted(kernel)?;
            let header = case(&mut connection).with_context(|| name)?;
            ensure!(header.flags & RECORD_INSPECT != 0, "{name}: {header:?}");
            connection.is_inspected().with_context(|| name)?;
            let inspected = connection.kernel.counters()?.get(Counter::FlowsInspected);
            ensure!(inspected == 1, "{name}: {inspected} flows");
            connection.kernel.forgive(header.flow)?;
            // A response alone is no beginning.
            connection.up(Side::Server, &answer(109))?;
            if forgivable {
                connection.counts_a_poll(110)
            } else {
                connection.is_inspected()
            }
            .with_context(|| name)
        })?;
    }
    Ok(())
}

#[test]
fn a_known_operation_goes_up_once_in_its_interval() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        connection.counts_a_poll(2)?;
        // Long ago, for the kernel's clock has gone on since.
        let mut old = granted(1);
        old.refreshed_ns = 1;
        let request = connection.request;
        connection.kernel.grant(request, old)?;
        connection.kernel.configure(Settings {
            refresh_ns: 1_000_000_000,
            ..aggregating_settings()
        })?;
        let header = connection.up(Side::Client, &read(3))?;
        assert_eq!((header.kind, header.tag), (KIND_REQUEST, 3));
        connection.up(Side::Server, &answer(3))?;
        let refreshed = connection
            .kernel
            .counters()?
            .get(Counter::OperationsRefreshed);
        assert_eq!(refreshed, 1);
        connection.kernel.configure(aggregating_settings())?;
        connection.counts_a_poll(4)
    })
}

#[test]
fn intervals_change_with_the_epoch() -> Result<()> {
    with_kernel(|kernel| {
        let mut connection = Connection::granted(kernel)?;
        let key = connection.request;
        for (epoch, polls) in [(1_u32, 3_u8), (2, 2), (3, 1)] {
            connection.kernel.configure(Settings {
                epoch,
                ..aggregating_settings()
            })?;
            for tag in 0..polls {
                connection.counts_a_poll(tag)?;
            }
            let stats = connection.kernel.operation(key)?;
            let [even, odd] = stats.intervals;
            let (this, other) = if epoch % 2 == 0 {
                (even, odd)
            } else {
                (odd, even)
            };
            assert_eq!((this.epoch, this.packets), (epoch.into(), polls.into()));
            assert_eq!(this.bytes, 66 * u64::from(polls));
            if epoch > 1 {
                // What the agent reads now stands still.
                assert_eq!(
                    (other.epoch, other.packets),
                    ((epoch - 1).into(), u64::from(polls) + 1)
                );
                assert!(this.max_gap_ns >= this.first_ns - other.last_ns);
            }
        }
        Ok(())
    })
}
