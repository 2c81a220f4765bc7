// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { CoreIdentifier } from "../src/libraries/CoreIdentifier.sol";
import { Signing } from "../src/libraries/Signing.sol";
import { StructHash } from "../src/libraries/StructHash.sol";
import { Kernel, MetaBlock, Registration, Transition, Vote } from "../src/types/Types.sol";
import { Vectors } from "./support/Vectors.sol";

/// @notice Digests and hashes against vectors made by an independent encoder; Python checks the same file.
contract VectorsTest is Vectors {
    using StructHash for Kernel;
    using StructHash for MetaBlock;
    using StructHash for Registration;
    using StructHash for Transition;
    using StructHash for Vote;

    constructor() Vectors("votes.json") { }

    function test_votes() public view {
        uint256 count;
        for (string memory path = _at(".votes", 0); vm.keyExistsJson(json, path); path = _at(".votes", ++count)) {
            Vote memory vote = Vote({
                coreId: _word(path, ".fields.coreId"),
                transition: _word(path, ".fields.transition"),
                source: _word(path, ".fields.source"),
                target: _word(path, ".fields.target"),
                sourceHeight: uint64(_uint(path, ".fields.sourceHeight")),
                targetHeight: uint64(_uint(path, ".fields.targetHeight"))
            });
            _checkSigned(path, vote.hash());
            bool aboutOrigin = vm.parseJsonBool(json, string.concat(path, ".aboutOrigin"));
            bytes32 id = CoreIdentifier.compose(_uint(path, ".chainId"), _address(path, ".core"));
            vm.assertEq(vote.coreId, aboutOrigin ? CoreIdentifier.originOf(id) : id, path);
        }
        vm.assertEq(count, 12);
    }

    function test_registrations() public view {
        string memory path = _at(".registrations", 0);
        Registration memory registration = Registration({
            coreId: _word(path, ".fields.coreId"),
            depositor: _address(path, ".fields.depositor"),
            validator: _address(path, ".fields.validator")
        });
        _checkSigned(path, registration.hash());
    }

    function test_kernels() public view {
        uint256 count;
        for (string memory path = _at(".kernels", 0); vm.keyExistsJson(json, path); path = _at(".kernels", ++count)) {
            Kernel memory kernel = Kernel({
                height: uint64(_uint(path, ".fields.height")),
                parent: _word(path, ".fields.parent"),
                validators: vm.parseJsonAddressArray(json, string.concat(path, ".fields.validators")),
                weights: vm.parseJsonUintArray(json, string.concat(path, ".fields.weights")),
                gasTarget: _uint(path, ".fields.gasTarget")
            });
            vm.assertEq(kernel.hash(), _word(path, ".hash"), path);
        }
        vm.assertEq(count, 3);
    }

    function test_transitions() public view {
        uint256 count;
        for (
            string memory path = _at(".transitions", 0);
            vm.keyExistsJson(json, path);
            path = _at(".transitions", ++count)
        ) {
            Transition memory transition = Transition({
                coreId: _word(path, ".fields.coreId"),
                kernelHash: _word(path, ".fields.kernelHash"),
                height: uint64(_uint(path, ".fields.height")),
                dynasty: uint64(_uint(path, ".fields.dynasty")),
                checkpoint: _word(path, ".fields.checkpoint"),
                accumulatedGas: _uint(path, ".fields.accumulatedGas"),
                accumulatedTransactionRoot: _word(path, ".fields.accumulatedTransactionRoot"),
                originDynasty: uint64(_uint(path, ".fields.originDynasty")),
                originCheckpoint: _word(path, ".fields.originCheckpoint")
            });
            vm.assertEq(transition.hash(), _word(path, ".hash"), path);
        }
        vm.assertEq(count, 2);
    }

    function test_metaBlocks() public view {
        uint256 count;
        for (
            string memory path = _at(".metaBlocks", 0);
            vm.keyExistsJson(json, path);
            path = _at(".metaBlocks", ++count)
        ) {
            MetaBlock memory metaBlock = MetaBlock(
                _word(path, ".fields.kernelHash"), _word(path, ".fields.transitionHash")
            );
            vm.assertEq(metaBlock.hash(), _word(path, ".hash"), path);
        }
        vm.assertEq(count, 2);
    }

    function _checkSigned(string memory path, bytes32 structHash) private view {
        bytes32 domain = Signing.domainOf(CoreIdentifier.compose(_uint(path, ".chainId"), _address(path, ".core")));
        vm.assertEq(structHash, _word(path, ".structHash"), path);
        vm.assertEq(domain, _word(path, ".domainSeparator"), path);
        _checkDigest(path, domain, structHash, _address(path, ".signer"));
    }
}
