//! The filter of the kernel program on crafted frames: every dimension, include and exclude, and the
//! hits of each rule.

use anyhow::{Result, ensure};
use sensor_common::maps::{RULES_PORT, RULES_VLAN};
use sensor_common::rule::{ACTION_EXCLUDE, ACTION_INCLUDE, Rule};
use sensor_common::settings::{
    FLAG_MACS, FLAG_MACS_INCLUDE, FLAG_PORTS, FLAG_PORTS_INCLUDE, FLAG_SUBNETS_INCLUDE,
    FLAG_SUBNETS_V4, FLAG_SUBNETS_V6, FLAG_VLANS, Settings,
};
use sensor_e2e::frames::{ethernet, ipv4, ipv6, modbus_read, tag, tcp, udp};
use sensor_e2e::kernel::{Kernel, Run, default_settings, with_kernel};

const CLIENT: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [192, 0, 2, 2];

fn exclude(hit_index: u32) -> Rule {
    Rule {
        action: ACTION_EXCLUDE,
        hit_index,
    }
}

fn include(hit_index: u32) -> Rule {
    Rule {
        action: ACTION_INCLUDE,
        hit_index,
    }
}

fn with_flags(kernel: &mut Kernel, flags: u32) -> Result<()> {
    kernel.configure(Settings {
        flags,
        ..default_settings()
    })
}

/// Runs a frame that must be left out for `reason`.
fn left_out(kernel: &mut Kernel, frame: &[u8], reason: &'static str) -> Result<()> {
    let Run { moved, record, .. } = kernel.run(frame)?;
    ensure!(
        moved.get(reason) == Some(&1),
        "{reason} did not move: {moved:?}"
    );
    ensure!(record.is_none(), "a filtered frame came up");
    Ok(())
}

/// Runs a frame that must come up.
fn comes_up(kernel: &mut Kernel, frame: &[u8]) -> Result<()> {
    let run = kernel.run(frame)?;
    ensure!(
        run.record.is_some(),
        "the frame did not come up: {:?}",
        run.moved
    );
    Ok(())
}

#[test]
fn the_longest_subnet_decides_and_its_hits_are_counted() -> Result<()> {
    with_kernel(|kernel| {
        kernel.rule_v4([192, 0, 0, 0], 16, exclude(3))?;
        kernel.rule_v4([192, 0, 2, 9], 32, include(4))?;
        with_flags(kernel, FLAG_SUBNETS_V4)?;
        left_out(kernel, &modbus_read(CLIENT, 40000, 1), "filtered_subnet")?;
        // The server is in the excluded subnet too, so the included client does not save it.
        left_out(
            kernel,
            &modbus_read([192, 0, 2, 9], 40000, 1),
            "filtered_subnet",
        )?;
        comes_up(kernel, &[ethernet(0x0806), vec![0; 28]].concat())?;
        assert_eq!((kernel.hits(3)?, kernel.hits(4)?), (2, 0));
        assert_eq!(kernel.counters()?.unexplained(), 0);
        Ok(())
    })
}

#[test]
fn with_include_rules_only_what_they_name_comes_up() -> Result<()> {
    with_kernel(|kernel| {
        let v6 = |source| [ethernet(0x86dd), ipv6(source, [2; 16], 17, 8), udp(1, 2, 0)].concat();
        kernel.rule_v6([0xfd; 16], 8, include(0))?;
        kernel.rule_v4([192, 0, 2, 0], 24, include(1))?;
        with_flags(
            kernel,
            FLAG_SUBNETS_V4 | FLAG_SUBNETS_V6 | FLAG_SUBNETS_INCLUDE,
        )?;
        comes_up(kernel, &v6([0xfd; 16]))?;
        left_out(kernel, &v6([0x20; 16]), "filtered_subnet")?;
        comes_up(kernel, &modbus_read([198, 51, 100, 1], 40000, 1))?;
        assert_eq!((kernel.hits(0)?, kernel.hits(1)?), (1, 1));
        Ok(())
    })
}

#[test]
fn ports_are_filtered_at_either_end_and_fragments_pass() -> Result<()> {
    with_kernel(|kernel| {
        kernel.rule_at(RULES_PORT, 502, exclude(0))?;
        with_flags(kernel, FLAG_PORTS)?;
        let answer = [
            ethernet(0x0800),
            ipv4(SERVER, CLIENT, 6, 20),
            tcp(502, 40000),
        ]
        .concat();
        left_out(kernel, &modbus_read(CLIENT, 40000, 1), "filtered_port")?;
        left_out(kernel, &answer, "filtered_port")?;
        let mut fragment = modbus_read(CLIENT, 40000, 1);
        fragment[20] = 0x20;
        comes_up(kernel, &fragment)?;
        kernel.rule_at(RULES_PORT, 502, include(0))?;
        with_flags(kernel, FLAG_PORTS | FLAG_PORTS_INCLUDE)?;
        comes_up(kernel, &answer)?;
        let dns = [
            ethernet(0x0800),
            ipv4(CLIENT, SERVER, 17, 8),
            udp(5353, 53, 0),
        ]
        .concat();
        left_out(kernel, &dns, "filtered_port")
    })
}

#[test]
fn vlans_and_mac_addresses_are_filtered_for_every_kind_of_frame() -> Result<()> {
    with_kernel(|kernel| {
        let tagged = |id| [ethernet(0x8100), tag(id, 0x88b8), vec![0; 40]].concat();
        kernel.rule_at(RULES_VLAN, 7, exclude(0))?;
        with_flags(kernel, FLAG_VLANS)?;
        left_out(kernel, &tagged(7), "filtered_vlan")?;
        comes_up(kernel, &tagged(8))?;
        let [a, b, c, d, e, f] = [0x00, 0x00, 0x5e, 0x00, 0x53, 0x01];
        kernel.rule_mac([a, b, c, d, e, f], exclude(1))?;
        with_flags(kernel, FLAG_MACS)?;
        left_out(kernel, &tagged(8), "filtered_mac")?;
        kernel.rule_mac([a, b, c, d, e, f], include(1))?;
        with_flags(kernel, FLAG_MACS | FLAG_MACS_INCLUDE)?;
        comes_up(kernel, &tagged(8))?;
        let mut stranger = tagged(8);
        stranger[11] = 0x77;
        left_out(kernel, &stranger, "filtered_mac")
    })
}
