#include "harness/run/machine_operator.h"

#include <boost/json/object.hpp>
#include <utility>

#include "harness/core/error.h"
#include "harness/vm/machine_devices.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::string_view kDrive = "boot";

}  // namespace

std::size_t MachineOperator::shelf_index(const std::string& medium) const {
  for (std::size_t i = 0; i < spec_.shelf.size(); ++i) {
    if (spec_.shelf[i].name == medium) {
      return i;
    }
  }
  throw Error(ErrorKind::kBug, "no medium '" + medium + "' lies beside the machine");
}

Task<void> MachineOperator::add_node(Machine& machine, std::size_t index, bool read_only) {
  // A disc shows the file itself, a stick an overlay that keeps what was written.
  const std::string name = shelf_name(index) + (read_only ? "-disc" : "");
  if (!nodes_.insert(name).second) {
    co_return;
  }
  json::object node =
      block_node(name, spec_.shelf.at(index).image,
                 read_only ? std::filesystem::path() : files_.shelf_overlays.at(index), read_only);
  auto adding = machine.command("blockdev-add", std::move(node));
  co_await std::move(adding);
}

Task<void> MachineOperator::eject(Machine& machine) {
  json::object arguments{{"id", kDrive}, {"force", true}};
  auto ejecting = machine.command("eject", std::move(arguments));
  co_await std::move(ejecting);
}

Task<void> MachineOperator::insert(Machine& machine, std::size_t index) {
  auto adding = add_node(machine, index, true);
  co_await std::move(adding);
  auto ejecting = eject(machine);
  co_await std::move(ejecting);
  json::object disc{{"id", kDrive}, {"node-name", shelf_name(index) + "-disc"}};
  auto inserting = machine.command("blockdev-insert-medium", std::move(disc));
  co_await std::move(inserting);
  json::object drive{{"id", kDrive}};
  auto closing = machine.command("blockdev-close-tray", std::move(drive));
  co_await std::move(closing);
}

Task<void> MachineOperator::plug(Machine& machine, std::size_t index) {
  auto adding = add_node(machine, index, false);
  co_await std::move(adding);
  json::object stick{{"driver", "usb-storage"},
                     {"id", shelf_name(index) + "-stick"},
                     {"bus", plug_bus(spec_)},
                     {"drive", shelf_name(index)},
                     {"removable", spec_.removable}};
  auto plugging = machine.command("device_add", std::move(stick));
  co_await std::move(plugging);
}

Task<void> MachineOperator::operate(Machine& machine, OperateMachine what) {
  using What = OperateMachine::What;
  Task<void> task;
  json::object arguments;
  if (what.what == What::kEject) {
    task = eject(machine);
  } else if (what.what == What::kInsert) {
    task = insert(machine, shelf_index(what.medium));
  } else if (what.what == What::kPlug) {
    task = plug(machine, shelf_index(what.medium));
  } else {
    std::string command = "system_reset";
    if (what.what == What::kUnplug) {
      command = "device_del";
      arguments["id"] = shelf_name(shelf_index(what.medium)) + "-stick";
    } else if (what.what == What::kPressPower) {
      command = "system_powerdown";
    }
    auto commanding = machine.command(std::move(command), std::move(arguments));
    co_await std::move(commanding);
    co_return;
  }
  co_await std::move(task);
}

}  // namespace bootproof
