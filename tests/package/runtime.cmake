# The installed program runs from where it is, and the installed scenario files load.
include(${CMAKE_CURRENT_LIST_DIR}/install.cmake)
install_component(runtime)

file(GLOB_RECURSE installed RELATIVE ${WORK_FOLDER}/prefix ${WORK_FOLDER}/prefix/*)
list(SORT installed)
list(JOIN installed "\n" installed)
expect(
  "the files of the component runtime"
  "${installed}"
  "bin/bootproof
share/bootproof/scenario.schema.json
share/bootproof/scenarios/disk-media.yaml
share/bootproof/scenarios/disk-recipes.yaml
share/bootproof/scenarios/iso-media.yaml
share/bootproof/scenarios/iso-recipes.yaml
share/bootproof/scenarios/payload-media.yaml
share/bootproof/scenarios/payload-recipes.yaml
share/bootproof/scenarios/quickstart-media.yaml
share/bootproof/scenarios/quickstart.yaml
share/bootproof/scenarios/reference-recipes.yaml
share/bootproof/scenarios/reference.yaml
share/bootproof/scenarios/secure-boot-recipes.yaml
share/bootproof/scenarios/secure-boot.yaml
share/doc/bootproof/CHANGELOG.md
share/doc/bootproof/LICENSE
share/doc/bootproof/README.md
share/doc/bootproof/causes.md
share/doc/bootproof/rules.md
share/doc/bootproof/scenario-reference.md")

run(cells ${WORK_FOLDER}/prefix/bin/bootproof list ${WORK_FOLDER}/prefix/share/bootproof/scenarios/quickstart.yaml
    --filter kernel-without-root)
expect("a case of the installed quickstart.yaml" "${cells}" "kernel-without-root/panic-x86_64.kernel\n")
