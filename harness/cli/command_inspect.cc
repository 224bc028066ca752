#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/deep_report.h"
#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/images/container.h"
#include "harness/images/nbd_image.h"
#include "harness/vm/firmware.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/paths/open_medium.h"
#include "inspectors/report/json_report.h"
#include "inspectors/report/text_report.h"

namespace bootproof {
namespace {

using inspectors::FileImage;
using inspectors::Findings;
using inspectors::ImageView;
using inspectors::Inspection;
using inspectors::Severity;

struct InspectFlags {
  std::vector<std::string> images;
  std::vector<std::string> rules;
  std::string fail_on = "error";
  std::string varstore;
  std::string format;
  bool json = false;
  bool tree = false;
  bool quick = false;
  bool all_paths = false;
  bool no_notes = false;
  bool deep = false;
  std::size_t deep_files = GuestfsLimits{}.files;
};

std::unique_ptr<FileImage> open_image(const std::string& name) {
  auto image = FileImage::open(name);
  if (!image) {
    throw Error(ErrorKind::kUsage, image.error(),
                "name an image file or a block device that this user may read");
  }
  return std::move(*image);
}

std::optional<inspectors::Varstore> read_keys(const std::string& name) {
  const std::unique_ptr<FileImage> file = open_image(name);
  Findings ignored;
  return inspectors::read_varstore(ImageView(*file), ignored);
}

/// The keys that most machines have: Microsoft's, which a host's OVMF for Secure Boot comes with.
/// Nothing where it has none.
std::optional<inspectors::Varstore> read_usual_keys() {
  const std::vector<FirmwareDescriptor> descriptors =
      read_firmware_descriptors(firmware_descriptor_folders());
  const auto ovmf = find_firmware(descriptors, Firmware::kOvmfSecure, MachineType::kQ35);
  return ovmf ? read_keys(ovmf->varstore_template.string()) : std::nullopt;
}

/// The keys with which Secure Boot is judged: those that were named, which are read at once so that
/// a wrong name is told, or those that most machines have, read when they are needed. None with
/// --quick, for they cost hashing.
inspectors::KeySource keys_for(const InspectFlags& flags) {
  if (!flags.varstore.empty()) {
    auto keys = std::make_shared<std::optional<inspectors::Varstore>>(read_keys(flags.varstore));
    if (!*keys) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("--varstore {} is no UEFI varstore", flags.varstore),
                  "name the file with the firmware's variables, such as OVMF_VARS_4M.ms.fd");
    }
    return [keys] { return &**keys; };
  }
  if (flags.quick) {
    return {};
  }
  auto keys = std::make_shared<std::optional<inspectors::Varstore>>();
  auto is_read = std::make_shared<bool>(false);
  return [keys, is_read]() -> const inspectors::Varstore* {
    if (!*is_read) {
      *is_read = true;
      *keys = read_usual_keys();
    }
    return *keys ? &**keys : nullptr;
  };
}

/// The report with what libguestfs reads of the image added to it.
std::string with_deep_reading(std::string report, const std::string& image,
                              const InspectFlags& flags) {
  const GuestfsReading reading = read_deeply(image, flags.deep_files);
  if (!flags.json) {
    return report + deep_text(reading);
  }
  boost::json::object object = boost::json::parse(report).as_object();
  object["deep"] = deep_json(reading);
  return boost::json::serialize(object);
}

/// An image as it is read, and how.
struct OpenImage {
  std::unique_ptr<inspectors::ImageSource> source;
  const NbdImage* container = nullptr;  ///< The source where it is read through qemu-nbd.
};

/// Without --format a file is raw, and one that says it is not is refused: what its header names is
/// acted on only when the user has said what it is.
OpenImage open_medium(const std::string& name, const std::string& format) {
  if (const ContainerFormat* container = find_container(format)) {
    std::unique_ptr<NbdImage> image = NbdImage::open(name, *container);
    const NbdImage* plain = image.get();
    return {std::move(image), plain};
  }
  std::unique_ptr<FileImage> image = open_image(name);
  const ContainerFormat* container = recognise_container(ImageView(*image));
  if (format.empty() && container != nullptr) {
    const std::string quoted = quote_for_shell(name);
    throw Error(ErrorKind::kUsage, fmt::format("{} is a {} image", name, container->word),
                fmt::format("read it through qemu-nbd: bootproof inspect --format {} {}\n  "
                            "make a raw one: qemu-img convert -f {} -O raw {} IMAGE.raw",
                            container->word, quoted, container->word, quoted));
  }
  return {std::move(image), nullptr};
}

/// What the name is followed by in a report for people.
std::string title_of(const std::string& name, const Inspection& inspection) {
  return inspection.image_format == "raw" ? name
                                          : fmt::format("{} ({}, virtual size {} bytes)", name,
                                                        inspection.image_format, inspection.size);
}

void keep_chosen(Inspection& inspection, const std::vector<std::string>& rules) {
  if (!rules.empty()) {
    std::erase_if(inspection.findings, [&](const inspectors::Finding& finding) {
      return std::none_of(rules.begin(), rules.end(), [&](const std::string& rule) {
        return finding.rule == rule || finding.rule.starts_with(rule + ".");
      });
    });
  }
}

bool fails(const Inspection& inspection, const std::string& fail_on) {
  return inspection.count(Severity::kError) > 0 ||
         (fail_on != "error" && inspection.count(Severity::kWarning) > 0) ||
         (fail_on == "note" && inspection.count(Severity::kNote) > 0);
}

std::string static_report(const std::string& image_name, const InspectFlags& flags,
                          const inspectors::InspectOptions& options, bool& is_bad) {
  const OpenImage image = open_medium(image_name, flags.format);
  const ImageView view(*image.source);
  Inspection inspection = inspectors::inspect(view, options);
  keep_chosen(inspection, flags.rules);
  is_bad = is_bad || (flags.fail_on != "never" && fails(inspection, flags.fail_on));
  const std::string name = escape_for_terminal(image_name);
  std::optional<inspectors::Layout> layout;
  if (flags.tree) {
    inspectors::OpenMedium medium(view, inspection);
    layout = inspectors::read_layout(medium);
  }
  if (image.container != nullptr) {
    inspection.image_format = flags.format;
    if (const std::string complaints = image.container->complaints(); !complaints.empty()) {
      fmt::print(stderr, "bootproof: {}: qemu-nbd: {}\n", name, complaints);
    }
  }
  if (flags.json) {
    return inspectors::json_report(name, inspection, layout ? &*layout : nullptr);
  }
  inspectors::ReportStyle style;
  style.shows_notes = !flags.no_notes;
  style.shows_all = flags.all_paths;
  std::string text = inspectors::text_report(title_of(name, inspection), inspection, style);
  return layout ? text + inspectors::text_tree(*layout) : text;
}

std::string report_of(const std::string& image, const InspectFlags& flags,
                      const inspectors::InspectOptions& options, bool& is_bad) {
  if (!flags.deep) {
    return static_report(image, flags, options, is_bad);
  }
  const std::string name = escape_for_terminal(image);
  if (flags.format.empty() && guestfs_format_of(image) == GuestfsFormat::kQcow2) {
    const boost::json::object head{
        {"format", "bootproof-inspection"}, {"image", name}, {"kind", "qcow2"}};
    const std::string line = fmt::format("{}: a qcow2 image, read by libguestfs alone\n", name);
    return with_deep_reading(flags.json ? boost::json::serialize(head) : line, image, flags);
  }
  return with_deep_reading(static_report(image, flags, options, is_bad), image, flags);
}

int inspect(const InspectFlags& flags) {
  inspectors::InspectOptions options;
  options.keys = keys_for(flags);
  options.unpacks = !flags.quick;
  bool is_bad = false;
  std::vector<std::string> reports;
  for (const std::string& image : flags.images) {
    reports.push_back(report_of(image, flags, options, is_bad));
  }
  if (!flags.json) {
    fmt::print("{}", fmt::join(reports, "\n"));
  } else if (reports.size() == 1) {
    fmt::print("{}\n", reports.front());
  } else {
    fmt::print("[{}]\n", fmt::join(reports, ",\n"));
  }
  return is_bad ? 1 : 0;
}

}  // namespace

std::function<int()> set_up_inspect(CLI::App& app) {
  auto flags = std::make_shared<InspectFlags>();
  app.add_option("image", flags->images, "ISO, disk or USB images, or block devices")
      ->required()
      ->type_name("IMAGE");
  app.add_flag("--json", flags->json, "JSON; of several images an array");
  app.add_flag("--tree", flags->tree, "the layout too: structures and files by offset, with gaps");
  app.add_option("--rule", flags->rules, "only findings of this rule or family; may be repeated")
      ->type_name("RULE");
  app.add_option("--fail-on", flags->fail_on,
                 "from which severity on the exit code is 1: error (default), warning, note, never")
      ->check(CLI::IsMember({"error", "warning", "note", "never"}))
      ->type_name("SEVERITY");
  std::vector<std::string> formats = container_words();
  formats.insert(formats.begin(), "raw");
  app.add_option("--format", flags->format,
                 "what the images are: raw (default), or a form that is read through qemu-nbd "
                 "(package qemu-utils): qcow2, vmdk, vdi, vhdx, vpc")
      ->check(CLI::IsMember(formats))
      ->type_name("FORMAT");
  app.add_option("--varstore", flags->varstore,
                 "the firmware's variables with the keys that Secure Boot is judged by (default: "
                 "Microsoft's, where package ovmf is installed)")
      ->type_name("FILE");
  app.add_flag("--quick", flags->quick,
               "hash nothing and unpack nothing: signatures are not verified, an initramfs is not "
               "looked into");
  app.add_flag("--all-paths", flags->all_paths,
               "a row for each firmware, also for those that the medium has nothing for");
  app.add_flag("--deep", flags->deep,
               "also let libguestfs read it, in a small virtual machine: LVM, btrfs, NTFS, qcow2, "
               "operating systems; takes some 20 seconds without KVM");
  app.add_option("--deep-files", flags->deep_files,
                 "with --deep: files listed of each file system (default: 200)")
      ->type_name("NUMBER")
      ->check(CLI::Range(0, 10'000));
  app.add_flag("--no-notes", flags->no_notes, "errors and warnings alone");
  return [flags] { return inspect(*flags); };
}

}  // namespace bootproof
