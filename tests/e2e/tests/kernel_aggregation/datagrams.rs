//! Datagrams with their checksum, and link-layer protocols.

use super::*;

/// A Modbus read in a UDP datagram, with a checksum of its own making.
pub(crate) fn datagram(payload: &[u8], checksum: impl FnOnce(u16) -> u16) -> Vec<u8> {
    let header = udp(PORT, 502, payload.len());
    let packet = ipv4(CLIENT, SERVER, 17, 8 + payload.len());
    let mut bytes = [header, payload.to_vec()].concat();
    let pseudo = [CLIENT, SERVER].concat();
    let mut sum = 17 + u32::try_from(bytes.len()).expect("it is short");
    for pair in pseudo.chunks(2).chain(bytes.chunks(2)) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
    }
    let folded = (sum & 0xffff) + (sum >> 16);
    let right = !u16::try_from((folded & 0xffff) + (folded >> 16)).expect("it is folded");
    bytes[6..8].copy_from_slice(&checksum(right).to_be_bytes());
    [ethernet(0x0800), packet, bytes].concat()
}

/// The response to [`datagram`], without a checksum.
fn datagram_answer(tag: u8) -> Vec<u8> {
    let mut frame = [
        ethernet(0x0800),
        ipv4(SERVER, CLIENT, 17, 8 + 11),
        udp(502, PORT, 11),
        answer(tag),
    ]
    .concat();
    frame[11] = 3;
    frame
}

/// Grants reads over UDP and their responses.
pub(crate) fn grant_datagrams(kernel: &mut Kernel) -> Result<()> {
    kernel.configure(aggregating_settings())?;
    kernel.port_protocol(502, true, Aggregated::Modbus)?;
    let first = handed_up(kernel, &datagram(&read(1), |_| 0))?;
    ensure!(first.kind == KIND_REQUEST, "{first:?}");
    kernel.grant(key(&first, 0), granted(1))?;
    let second = handed_up(kernel, &datagram_answer(1))?;
    kernel.grant(key(&second, 1), granted(2))
}

#[test]
fn datagrams_are_counted_only_when_their_checksum_fits() -> Result<()> {
    with_kernel(|kernel| {
        grant_datagrams(kernel)?;
        counted(kernel, &datagram(&read(2), |_| 0))?;
        counted(kernel, &datagram_answer(2))?;
        counted(kernel, &datagram(&read(3), |right| right))?;
        counted(kernel, &datagram_answer(3))?;
        handed_up(kernel, &datagram(&read(4), |right| right ^ 0x0101))?;
        handed_up(kernel, &datagram_answer(4))?;
        let mut changed = datagram(&read(5), |right| right);
        changed[43] ^= 1;
        handed_up(kernel, &changed)?;
        Ok(())
    })
}

#[test]
fn a_datagram_of_odd_length_has_its_checksum_verified() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        kernel.port_protocol(PORT, true, Aggregated::Modbus)?;
        // The client's port is the known one, so that this is the response and has eleven bytes.
        let request = [
            ethernet(0x0800),
            ipv4(SERVER, CLIENT, 17, 8 + 12),
            udp(502, PORT, 12),
            read(1),
        ]
        .concat();
        let ask = |tag: u8| {
            let mut frame = request.clone();
            frame[43] = tag;
            frame[11] = 3;
            frame
        };
        let asked = handed_up(kernel, &ask(1))?;
        kernel.grant(key(&asked, 0), granted(1))?;
        let answered = handed_up(kernel, &datagram(&answer(1), |right| right))?;
        assert_eq!(answered.kind, KIND_RESPONSE);
        kernel.grant(key(&answered, 1), granted(2))?;
        counted(kernel, &ask(2))?;
        counted(kernel, &datagram(&answer(2), |right| right))?;
        counted(kernel, &ask(3))?;
        let header = handed_up(kernel, &datagram(&answer(3), |right| right ^ 1))?;
        assert_ne!(header.flags & RECORD_OPEN, 0);
        Ok(())
    })
}

#[test]
fn link_layer_protocols_have_flows_of_their_own() -> Result<()> {
    with_kernel(|kernel| {
        kernel.configure(aggregating_settings())?;
        let goose = |application: u8, tagged: bool| {
            let link = if tagged {
                [ethernet(0x8100), tag(7, 0x88b8)].concat()
            } else {
                ethernet(0x88b8)
            };
            [link, vec![0, application, 0, 40, 0, 0, 0, 0], vec![0; 40]].concat()
        };
        let mut flows = Vec::new();
        for frame in [
            goose(1, false),
            goose(1, false),
            goose(2, false),
            goose(1, true),
        ] {
            flows.push(handed_up(kernel, &frame)?.flow);
        }
        assert_eq!(flows[0], flows[1]);
        flows.remove(0);
        flows.sort_unstable();
        flows.dedup();
        assert_eq!(flows.len(), 3);
        assert!(flows.iter().all(|flow| *flow != 0));
        let arp = [ethernet(0x0806), vec![0; 28]].concat();
        assert_eq!(handed_up(kernel, &arp)?.flow, 0);
        Ok(())
    })
}
